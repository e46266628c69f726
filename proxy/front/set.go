package front

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// Set is SET with its assignments, in order.
type Set struct{ Assignments []Assignment }

// Assignment is one setting. SET NAMES is the name "names", SET CHARACTER SET is "character set"; SET TRANSACTION sets
// transaction_isolation and transaction_read_only.
type Assignment struct {
	Scope   string // "" or "session"; "next" for a SET TRANSACTION without a scope
	Name    string // lower case; askwire's own as "askwire.summary"
	User    bool   // @name
	Value   Expr
	Collate string // of SET NAMES
}

// parseSet reads from the word SET on.
func parseSet(c cursor, o Options) (Command, error) {
	c.next()
	if c.accept("STATEMENT") {
		return parseSetStatement(c, o)
	}
	switch {
	case c.oneOf("PASSWORD", "ROLE") || c.word("DEFAULT") || c.word("RESOURCE"):
		return nil, unsupported("SET "+strings.ToUpper(c.str()), "Passwords, roles and resources are set in the proxy's configuration.")
	}
	s := &Set{}
	for {
		as, err := assignment(&c)
		if err != nil {
			return nil, err
		}
		s.Assignments = append(s.Assignments, as...)
		if !c.punct(",") {
			break
		}
	}
	if !c.end() {
		return nil, syntax("SET is followed by text that is not understood.", "Write SET name = value, …; values are literals and @@variables.")
	}
	return s, nil
}

func parseSetStatement(c cursor, o Options) (Command, error) {
	s := &SetStatement{}
	for {
		as, err := assignment(&c)
		if err != nil {
			return nil, err
		}
		s.Assignments = append(s.Assignments, as...)
		if !c.punct(",") {
			break
		}
	}
	if !c.accept("FOR") {
		return nil, syntax("SET STATEMENT needs FOR and a statement.", "Write SET STATEMENT max_statement_time = 10 FOR SELECT ….")
	}
	s.Rest = c.rest()
	return s, nil
}

func assignment(c *cursor) ([]Assignment, error) {
	switch {
	case c.accept("NAMES"):
		return names(c)
	case c.accept("CHARACTER", "SET"), c.accept("CHARSET"), c.accept("CHAR", "SET"):
		e, ok := c.expr(true, 0)
		if !ok {
			return nil, syntax("SET CHARACTER SET needs the name of a character set.", "Write SET NAMES utf8mb4.")
		}
		return []Assignment{{Name: "character set", Value: e}}, nil
	case c.word("TRANSACTION"):
		return transaction(c, "next")
	}
	a := Assignment{}
	switch c.tok.Kind {
	case lex.UserVar:
		a.User, a.Name = true, strings.ToLower(lex.Unquote(strings.TrimPrefix(c.str(), "@"), c.mode))
		c.next()
	case lex.SysVar:
		e, _ := sysVar(c.str())
		a.Scope, a.Name = e.Scope, e.Name
		if scope, _, ok := strings.Cut(a.Name, "."); ok && (scope == "persist" || scope == "persist_only") {
			a.Scope = "global"
		}
		c.next()
	default:
		switch {
		case c.accept("GLOBAL"), c.accept("PERSIST"), c.accept("PERSIST_ONLY"):
			a.Scope = "global"
		case c.accept("SESSION"), c.accept("LOCAL"):
			a.Scope = "session"
		}
		if c.word("TRANSACTION") && a.Scope != "global" {
			return transaction(c, a.Scope)
		}
		if a.Scope == "" || !c.word("TRANSACTION") {
			db, name, ok := c.table()
			if !ok {
				return nil, syntax("SET needs the name of a variable.", "Write SET name = value.")
			}
			a.Name = strings.ToLower(name)
			if db != "" {
				a.Name = strings.ToLower(db) + "." + a.Name
			}
		}
	}
	if a.Scope == "global" {
		return nil, askwire.Errorf(askwire.PrivilegeDenied, "Global variables cannot be set through this proxy.").
			WithHint("Set the session's: SET SESSION name = value.")
	}
	if !c.punct("=") && !c.punct(":=") {
		return nil, syntax("SET needs name = value.", "Write SET name = value.")
	}
	e, ok := c.expr(true, 0)
	if !ok || !(c.end() || c.is(",") || c.is(")") || c.word("FOR")) {
		return nil, syntax("The value for "+quoteForMessage(a.Name)+" is not one that SET takes here.", "Values are literals, words, @@variables, CONCAT and REPLACE of those.")
	}
	a.Value = e
	return []Assignment{a}, nil
}

func names(c *cursor) ([]Assignment, error) {
	e, ok := c.expr(true, 0)
	if !ok {
		return nil, syntax("SET NAMES needs the name of a character set.", "Write SET NAMES utf8mb4.")
	}
	a := Assignment{Name: "names", Value: e}
	if c.accept("COLLATE") {
		coll, ok := c.expr(true, 0)
		if !ok {
			return nil, syntax("COLLATE needs the name of a collation.", "Write SET NAMES utf8mb4 COLLATE utf8mb4_bin.")
		}
		a.Collate = coll.Name
	}
	return []Assignment{a}, nil
}

// transaction reads TRANSACTION ISOLATION LEVEL x | READ ONLY | READ WRITE, one or both.
func transaction(c *cursor, scope string) ([]Assignment, error) {
	c.next()
	var out []Assignment
	for {
		level := ""
		switch {
		case c.accept("READ", "ONLY"):
			out = append(out, Assignment{Scope: scope, Name: "transaction_read_only", Value: Expr{Kind: Number, Name: "1"}})
		case c.accept("READ", "WRITE"):
			out = append(out, Assignment{Scope: scope, Name: "transaction_read_only", Value: Expr{Kind: Number, Name: "0"}})
		case c.accept("ISOLATION", "LEVEL", "READ", "UNCOMMITTED"):
			level = "READ-UNCOMMITTED"
		case c.accept("ISOLATION", "LEVEL", "READ", "COMMITTED"):
			level = "READ-COMMITTED"
		case c.accept("ISOLATION", "LEVEL", "REPEATABLE", "READ"):
			level = "REPEATABLE-READ"
		case c.accept("ISOLATION", "LEVEL", "SERIALIZABLE"):
			level = "SERIALIZABLE"
		default:
			return nil, syntax("SET TRANSACTION is not understood.", "Write SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY.")
		}
		if level != "" {
			out = append(out, Assignment{Scope: scope, Name: "transaction_isolation", Value: Expr{Kind: Text, Name: level}})
		}
		ahead := *c
		if !ahead.punct(",") || !ahead.oneOf("READ", "ISOLATION") {
			return out, nil
		}
		*c = ahead
	}
}
