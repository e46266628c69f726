package proxy

import (
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// argumentsOf tells the gate of what kinds the arguments of an execution are, where its statement depends on that.
func (p *stmt) argumentsOf(args []wire.Arg) {
	had := p.gate.Session.Arguments
	if !p.st.ByArguments() && had == "" {
		return
	}
	if kinds := kindsOf(args); kinds != had {
		p.gate.Session.Arguments = kinds
		p.st = guard.Statement{} // asked for again
	}
}

func kindsOf(args []wire.Arg) guard.Arguments {
	kinds := make([]byte, len(args))
	for i := range args {
		kinds[i] = kindOf(&args[i])
	}
	return guard.Arguments(kinds)
}

func kindOf(a *wire.Arg) byte {
	if a.Value == nil {
		return guard.NoArgument
	}
	switch a.Type {
	case wire.MYSQL_TYPE_VARCHAR, wire.MYSQL_TYPE_VAR_STRING, wire.MYSQL_TYPE_STRING:
		return guard.TextArgument
	case wire.MYSQL_TYPE_DATE, wire.MYSQL_TYPE_DATETIME, wire.MYSQL_TYPE_TIMESTAMP:
		return guard.TimeArgument
	case wire.MYSQL_TYPE_TINY, wire.MYSQL_TYPE_SHORT, wire.MYSQL_TYPE_INT24, wire.MYSQL_TYPE_LONG, wire.MYSQL_TYPE_LONGLONG, wire.MYSQL_TYPE_FLOAT, wire.MYSQL_TYPE_DOUBLE,
		wire.MYSQL_TYPE_DECIMAL, wire.MYSQL_TYPE_NEWDECIMAL:
		return guard.NumberArgument
	default:
		return guard.OtherArgument
	}
}
