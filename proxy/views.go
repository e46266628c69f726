package proxy

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// The schema of questions, named like the word (ask), shows saved questions as views: the caller's own, and verified ones whose
// SQL passes the caller's gate. A schema of that name in the caller's scope wins.

// view is a saved question as a table.
type view struct {
	name, question, owner, sql string
	params                     []askwire.Param
	stale                      error
	columns                    []askwire.Column // once described
}

// hasViews reports whether there is a schema of questions.
func (s *session) hasViews() bool { return s.srv.cfg.Curator != nil && !s.front.Taken }

// isViews reports whether a database, as session.database gives it, is the schema of questions.
func (s *session) isViews(db string) bool { return s.hasViews() && db == s.set.AskWord }

// dataDB is the default database of SQL: the session's, or the scope's only one where the session is in the schema of questions.
func (s *session) dataDB() string {
	if !s.front.Home {
		return s.db
	}
	db := ""
	for _, t := range s.b.Policy.Scope().Tables {
		if db != "" && t.DB != db {
			return ""
		}
		db = t.DB
	}
	return db
}

// views lists the saved questions, by name. Those that cannot be run any more are listed as stale.
func (s *session) views() []view {
	if !s.hasViews() {
		return nil
	}
	var out []view
	for _, x := range s.srv.cfg.Curator.SavedFor(s.aQuestion(), s.askGate()) {
		own := x.Owner == s.user.Name
		if !own && !x.Verified || x.Backend != "" && x.Backend != s.b.Profile.Backend {
			continue
		}
		v := view{name: x.Name, question: x.Questions[0], owner: x.Owner, sql: x.SQL, params: x.Params, stale: x.Stale}
		if i := slices.IndexFunc(out, func(o view) bool { return strings.EqualFold(o.name, v.name) }); i < 0 {
			out = append(out, v)
		} else if own {
			out[i] = v
		}
	}
	slices.SortFunc(out, func(a, b view) int { return strings.Compare(a.name, b.name) })
	return out
}

// view finds a saved question by name, with its columns. A name that none has is a question in words, which is planned.
func (s *session) view(name string) (view, error) {
	views := s.views()
	i := slices.IndexFunc(views, func(v view) bool { return v.name == name })
	if i < 0 {
		i = slices.IndexFunc(views, func(v view) bool { return strings.EqualFold(v.name, name) })
	}
	if i >= 0 {
		v := views[i]
		if v.stale != nil {
			return v, v.stale
		}
		return v, s.describeView(&v)
	}
	if !inWords(name) {
		return view{}, askwire.Errorf(askwire.UnknownTable, "Table '%.64s.%.64s' doesn't exist.", s.set.AskWord, strings.ToValidUTF8(name, "?")).
			WithHint("SHOW TABLES FROM %s lists the saved questions.", s.set.AskWord)
	}
	return s.describeQuestion(name)
}

// describeView asks the backend what columns a saved question has. Parameters without a default take a value of their type.
func (s *session) describeView(v *view) error {
	q := front.Standing{Question: front.Arg{Text: v.name}, Name: v.name, Probe: true}
	x, err := s.plannedStanding(&q, false)
	if err != nil {
		return err
	}
	text, err := x.sub(&q, false)
	if err != nil {
		return err
	}
	gate := x.gate
	st, err := gate.Check("SELECT * FROM (" + text + ") AS `q`")
	if err != nil {
		return err
	}
	columns, err := s.columnsOf(gate, st, text)
	v.columns = withParams(columns, v.params)
	return err
}

// withParams says of columns that are parameters what they take, and their default.
func withParams(columns []askwire.Column, params []askwire.Param) []askwire.Column {
	columns = slices.Clone(columns) // of what is kept for all
	for i := range params {
		p := &params[i]
		for j := range columns {
			c := &columns[j]
			if p.Type == askwire.PeriodParam || !strings.EqualFold(c.Name, p.Name) {
				continue
			}
			c.Comment = shortened("parameter " + p.String())
			if p.Default != "" {
				c.Default = &p.Default
			}
		}
	}
	return columns
}

// columnsOf are the columns of a statement, as the backend describes them.
func (s *session) columnsOf(gate guard.Gate, st guard.Statement, text string) ([]askwire.Column, error) {
	key := sqlKey{gate.Policy.Digest(), gate.Session.Database, text}
	if columns, ok := s.srv.described.get(key); ok {
		return columns, nil
	}
	d, err := s.definitions(st, false)
	if err != nil {
		return nil, err
	}
	columns := make([]askwire.Column, len(d.columns))
	for i := range d.columns {
		columns[i] = tableColumn(d.columns[i])
	}
	s.srv.described.put(key, columns)
	return columns, nil
}

// describeQuestion plans a question in words and describes its answer.
func (s *session) describeQuestion(text string) (v view, err error) {
	cmd, err := front.Parse("SELECT * FROM "+s.set.AskWord+"."+front.QuoteName(text), front.Options{Word: s.set.AskWord})
	if err != nil {
		return v, err
	}
	w, ok := cmd.(*front.Wrapped)
	if !ok {
		return v, askwire.Errorf(askwire.WrongArguments, "That is no question.").WithHint("Ask it with ASK '…'.")
	}
	gate := s.askGate()
	err = s.composed(w, gate, nil, false, func(c *composed) error {
		v = view{name: text, question: text, owner: s.user.Name, sql: c.asked[0].plan.Draft}
		var err error
		v.columns, err = s.columnsOf(gate, c.st, c.text)
		return err
	})
	return v, err
}

// namesMetadata reports whether a text may name information_schema. Names have no escapes.
func namesMetadata(text string) bool {
	const schema = "information_schema"
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '_')
		if i < 0 {
			return false
		}
		at += i + 1
		if from := at - len("information_"); from >= 0 && from+len(schema) <= len(text) && strings.EqualFold(text[from:from+len(schema)], schema) {
			return true
		}
	}
}

// withViews is the gate of a statement that may read information_schema, which then shows what only the proxy knows.
func (s *session) withViews(gate guard.Gate, text string) guard.Gate {
	gate.Session.Rows = nil
	if gate.Session.Metadata && (namesMetadata(text) || gate.Session.Database == "information_schema") {
		gate.Session.Rows = s.metadataRows(strings.ToLower(text))
	}
	return gate
}

// showCreateView answers SHOW CREATE TABLE and SHOW CREATE VIEW.
func (s *session) showCreateView(name string) error {
	v, err := s.view(name)
	if err != nil {
		return err
	}
	w := s.result(wire.TextColumn("View"), wire.LongTextColumn("Create View"), wire.TextColumn("character_set_client"), wire.TextColumn("collation_connection"))
	_ = w.Row(v.name, "CREATE ALGORITHM=UNDEFINED DEFINER="+front.QuoteName(firstOf(v.owner, "askwire"))+"@`%` SQL SECURITY INVOKER VIEW "+
		front.QuoteName(s.set.AskWord)+"."+front.QuoteName(v.name)+" AS "+v.sql+paramsComment(v.params), "utf8mb4", defaultCollation(s.server()))
	return s.endResult(w)
}

// paramsComment is a comment on what a question's parameters take.
func paramsComment(params []askwire.Param) string {
	list := parameters(params)
	if list == nil {
		return ""
	}
	return " /* parameters: " + strings.ReplaceAll(strings.Join(list, ". "), "*/", "* /") + " */"
}

// parameters describes those that people give.
func parameters(params []askwire.Param) []string {
	var list []string
	for i := range params {
		if params[i].Type != askwire.PeriodParam {
			list = append(list, params[i].String())
		}
	}
	return list
}

// clientMode is how the gate's text is read.
func clientMode(gate guard.Gate) lex.Mode {
	return lex.Mode{ANSIQuotes: gate.Session.Mode.ANSIQuotes, NoBackslashEscapes: gate.Session.Mode.NoBackslashEscapes}
}
