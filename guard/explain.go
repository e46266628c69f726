package guard

import (
	"slices"

	"github.com/askwire/askwire"
)

// Explain admits one SELECT and returns the statement that explains it, built by the guard. Format is "", "json" or "tree".
// The key of hash masks is not in its text.
func (g Gate) Explain(sql, format string) (Statement, error) {
	v, err := g.check(sql, false, true)
	if err != nil {
		return Statement{}, err
	}
	prefix, ok := explainForms[g.Policy.server.Family][format]
	if !ok {
		return Statement{}, askwire.Errorf(askwire.NotSupported, "EXPLAIN FORMAT = %q is not available on this server.", format).
			WithHint("Leave FORMAT out.")
	}
	hidden := func(s slot) bool { return s.kind == policySlot }
	if format == "json" && g.Policy.server.Family == askwire.MySQL && slices.ContainsFunc(v.slots, hidden) { // whose plan repeats the text
		return Statement{}, askwire.Errorf(askwire.NotSupported, "EXPLAIN FORMAT = JSON would show what is hidden of these tables.").
			WithHint("Use FORMAT = TREE, or FORMAT = RECEIPT.")
	}
	v.text = prefix + v.text
	v.meta.scan = 0
	for i := range v.slots {
		v.slots[i].start += len(prefix)
		v.slots[i].end += len(prefix)
	}
	return v.statement(), nil
}

// explainForms: MySQL 9 explains as a tree unless told otherwise; TiDB has formats of its own.
var explainForms = map[askwire.Family]map[string]string{
	askwire.MariaDB:  {"": "EXPLAIN ", "json": "EXPLAIN FORMAT=JSON "},
	askwire.MySQL:    {"": "EXPLAIN FORMAT=TRADITIONAL ", "json": "EXPLAIN FORMAT=JSON ", "tree": "EXPLAIN FORMAT=TREE "},
	askwire.TiDB:     {"": "EXPLAIN FORMAT='row' ", "json": "EXPLAIN FORMAT='tidb_json' ", "tree": "EXPLAIN FORMAT='brief' "},
	askwire.Embedded: {"": "EXPLAIN ", "tree": "EXPLAIN FORMAT=TREE "},
}
