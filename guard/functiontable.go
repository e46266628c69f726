package guard

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// FunctionTable adds the table db.functions to the policy: the functions that statements may call, and those that they may
// not. It exists in no server. Its rows are those of Session.Rows; see FunctionRows.
func FunctionTable(db string) Option {
	text := func(name, typ string, comment string) askwire.Column {
		return askwire.Column{Name: name, Type: typ, DataType: strings.Split(typ, "(")[0], Comment: comment}
	}
	t := &askwire.Table{DB: db, Name: "functions", Comment: "what a statement may call, with this session's profile", Rows: int64(len(functions)),
		Columns: []askwire.Column{
			text("name", "varchar(64)", "as it is written"),
			text("kind", "varchar(16)", "function, aggregate, window (only with OVER), session (answered by the proxy)"),
			text("allowed", "tinyint", "1 or 0"),
			text("reason", "varchar(255)", "why it is not allowed, or who allows it"),
			text("engines", "varchar(64)", "the servers that have it"),
		}, PrimaryKey: []string{"name"}}
	return func(p *Policy) { p.virtual = append(p.virtual, t) }
}

// FunctionRows are the rows of FunctionTable as this policy has them: its server, its functions_allow.
func (p *Policy) FunctionRows() *Rows {
	list := p.Functions()
	rows := make([]map[string]askwire.Value, len(list))
	for i, f := range list {
		engines := make([]string, len(f.Engines))
		for k, e := range f.Engines {
			engines[k] = string(e)
		}
		allowed := "0"
		if f.Allowed {
			allowed = "1"
		}
		rows[i] = map[string]askwire.Value{"NAME": {Kind: askwire.String, Text: f.Name}, "KIND": {Kind: askwire.String, Text: f.Kind},
			"ALLOWED": {Kind: askwire.Int, Text: allowed}, "REASON": {Kind: askwire.String, Text: f.Reason},
			"ENGINES": {Kind: askwire.String, Text: strings.Join(engines, ", ")}}
	}
	return NewRows("functions "+p.digest, map[string][]map[string]askwire.Value{"FUNCTIONS": rows})
}

// addVirtual puts the policy's own tables beside those of the snapshot, as if it had them.
func (b *builder) addVirtual() {
	if len(b.policy.virtual) == 0 {
		return
	}
	s := *b.snap
	s.Tables = append(append([]*askwire.Table(nil), s.Tables...), b.policy.virtual...)
	slices.SortFunc(s.Tables, func(x, y *askwire.Table) int { return strings.Compare(x.ID(), y.ID()) })
	b.snap = askwire.NewSnapshot(s)
	for _, t := range b.policy.virtual {
		b.list(t)
		b.policy.table(t.DB, t.Name).virtual = true
	}
}

// virtualTable prints the rows of a table that no server has.
func (p *printer) virtualTable(s *source) {
	p.str("(SELECT ")
	n := 0
	for i := range s.table.cols {
		if s.used[i] {
			if n > 0 {
				p.str(", ")
			}
			n++
			p.str("NULL AS ")
			p.name(s.table.cols[i].name)
		}
	}
	if n == 0 {
		p.str("1 AS `1`")
	}
	p.str(" FROM DUAL WHERE 1 = 0")
	p.united(s, p.rows.of(s.table))
	p.str(")")
}
