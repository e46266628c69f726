package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// Annotations is one file of catalog.d: what people know about a database beyond its schema. All keys are optional.
//
// An entry's Line is where it stands in the file, 0 when that is not known.
type Annotations struct {
	File string `toml:"-"` // its name, for messages

	Backend   string               `toml:"backend"`  // "" = every backend
	Database  string               `toml:"database"` // default of names without one
	Tables    []TableAnnotation    `toml:"table"`
	Terms     []TermAnnotation     `toml:"term"`
	Joins     []JoinAnnotation     `toml:"relationship"`
	Questions []QuestionAnnotation `toml:"question"`
}

// TableAnnotation is one [[table]].
type TableAnnotation struct {
	Line        int                `toml:"-"`
	Name        string             `toml:"name"` // "table" or "db.table"
	NameKo      string             `toml:"name_ko"`
	NameEn      string             `toml:"name_en"`
	Description string             `toml:"description"`
	Synonyms    []string           `toml:"synonyms"`
	Columns     []ColumnAnnotation `toml:"column"`
}

// ColumnAnnotation is one [[table.column]].
type ColumnAnnotation struct {
	Line        int      `toml:"-"`
	Name        string   `toml:"name"`
	NameKo      string   `toml:"name_ko"`
	NameEn      string   `toml:"name_en"`
	Description string   `toml:"description"`
	Synonyms    []string `toml:"synonyms"`
}

// TermAnnotation is one [[term]] of the glossary.
type TermAnnotation struct {
	Line     int      `toml:"-"`
	Name     string   `toml:"name"`
	Synonyms []string `toml:"synonyms"`
	Meaning  string   `toml:"meaning"`
	Tables   []string `toml:"tables"`
}

// JoinAnnotation is one [[relationship]]: two columns that join, as "table.column" or "db.table.column".
type JoinAnnotation struct {
	Line int    `toml:"-"`
	From string `toml:"from"`
	To   string `toml:"to"`
}

// QuestionAnnotation is one [[question]]: a question whose SQL is known.
type QuestionAnnotation struct {
	Line       int               `toml:"-"`
	Name       string            `toml:"name"`
	Questions  []string          `toml:"questions"` // phrasings; {name} stands for a parameter
	SQL        string            `toml:"sql"`       // :name stands for a parameter
	Params     []ParamAnnotation `toml:"param"`
	Explain    map[string]string `toml:"explain"`
	Summary    map[string]string `toml:"summary"`
	VerifiedBy string            `toml:"verified_by"`
	VerifiedAt time.Time         `toml:"verified_at"`
	Onboarding bool              `toml:"use_as_onboarding_question"`
}

// ParamAnnotation is one [[question.param]].
type ParamAnnotation struct {
	Name    string            `toml:"name"`
	Type    string            `toml:"type"` // int | number | string | month | date
	Default string            `toml:"default"`
	Values  []string          `toml:"values"`
	Aliases map[string]string `toml:"aliases"`
	Min     askwire.Bound     `toml:"min"` // of all types but string
	Max     askwire.Bound     `toml:"max"`
}

// Merge returns a copy of snap with the annotations in it, and every problem at once: names that do not exist, and
// contradictions, where what comes first in files holds. What else has a problem is left out; the rest is merged.
func Merge(snap *askwire.Snapshot, files []Annotations) (*askwire.Snapshot, []error) {
	m := &merge{snap: snap, out: *snap, copies: make(map[string]*askwire.Table), terms: make(map[string]bool)}
	m.out.Tables = slices.Clone(snap.Tables)
	m.out.Relationships = slices.Clone(snap.Relationships)
	m.out.Terms = slices.Clone(snap.Terms)
	var own []Annotations
	for i := range files {
		f := &files[i]
		if f.Backend != "" && f.Backend != snap.Backend {
			continue
		}
		own = append(own, *f)
		m.file = f
		if f.Database != "" && !m.hasDatabase(f.Database) { // one problem instead of one for each entry
			m.problem(0, askwire.UnknownDatabase, "Correct the name, or say in the file which backend it is for.",
				"backend %q has no database %q.", snap.Backend, f.Database)
			continue
		}
		for j := range f.Tables {
			m.table(&f.Tables[j])
		}
		for j := range f.Joins {
			m.join(&f.Joins[j])
		}
		for j := range f.Terms {
			m.term(&f.Terms[j])
		}
	}
	for _, t := range m.copies {
		t.Fingerprint = fingerprint(t)
	}
	return askwire.NewSnapshot(m.out), append(m.problems, Contradictions(own)...)
}

type merge struct {
	snap     *askwire.Snapshot
	out      askwire.Snapshot
	file     *Annotations
	copies   map[string]*askwire.Table
	index    map[*askwire.Table]int // of the tables of snap
	terms    map[string]bool
	problems []error
}

func (m *merge) hasDatabase(name string) bool {
	return slices.ContainsFunc(m.snap.Tables, func(t *askwire.Table) bool {
		return t.DB == name || m.snap.Server.LowerCase != 0 && strings.EqualFold(t.DB, name)
	})
}

func (m *merge) problem(line int, code askwire.Code, hint, format string, args ...any) {
	e := askwire.Errorf(code, "%s: %s", m.file.place(line), fmt.Sprintf(format, args...)).WithHint("%s", hint)
	m.problems = append(m.problems, e)
}

const noTable = "Correct the name, or remove the entry; names are table or database.table."

// find returns the table of "table" or "db.table" in the snapshot that is being built.
func (m *merge) find(name string) (int, bool) {
	db, table, ok := strings.Cut(name, ".")
	if !ok {
		db, table = m.file.Database, name
	}
	t, ok := m.snap.Table(db, table)
	if !ok {
		return 0, false
	}
	if m.index == nil {
		m.index = make(map[*askwire.Table]int, len(m.snap.Tables))
		for i, t := range m.snap.Tables {
			m.index[t] = i
		}
	}
	return m.index[t], true
}

func (m *merge) table(a *TableAnnotation) {
	i, ok := m.find(a.Name)
	if !ok {
		m.problem(a.Line, askwire.UnknownTable, noTable, "table %q does not exist.", a.Name)
		return
	}
	t := m.out.Tables[i]
	if m.copies[t.ID()] == nil {
		c := *t
		c.Columns = slices.Clone(t.Columns)
		m.copies[c.ID()], m.out.Tables[i] = &c, &c
		t = &c
	}
	first(&t.NameKo, a.NameKo)
	first(&t.NameEn, a.NameEn)
	first(&t.Description, a.Description)
	t.Synonyms = union(t.Synonyms, a.Synonyms)
	for j := range a.Columns {
		b := &a.Columns[j]
		c, ok := t.Column(b.Name)
		if !ok {
			m.problem(b.Line, askwire.UnknownColumn, "Correct the name, or remove the entry.", "table %q has no column %q.", a.Name, b.Name)
			continue
		}
		first(&c.NameKo, b.NameKo)
		first(&c.NameEn, b.NameEn)
		first(&c.Description, b.Description)
		c.Synonyms = union(c.Synonyms, b.Synonyms)
	}
}

// first keeps what an earlier entry said.
func first(dest *string, value string) {
	if *dest == "" {
		*dest = value
	}
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (m *merge) join(a *JoinAnnotation) {
	from, ok1 := m.column(a.Line, a.From)
	to, ok2 := m.column(a.Line, a.To)
	if !ok1 || !ok2 {
		return
	}
	r := askwire.Relationship{From: from, To: to, ByHand: true}
	for _, have := range m.out.Relationships {
		if have.From == from && have.To == to || have.From == to && have.To == from {
			return
		}
	}
	m.out.Relationships = append(m.out.Relationships, r)
}

// column resolves "table.column" or "db.table.column" and reports what does not exist.
func (m *merge) column(line int, name string) (askwire.ColumnRef, bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		m.problem(line, askwire.WrongValue, "Write table.column or database.table.column.", "relationship end %q is no column.", name)
		return askwire.ColumnRef{}, false
	}
	i, ok := m.find(name[:dot])
	if !ok {
		m.problem(line, askwire.UnknownTable, noTable, "relationship end %q: the table does not exist.", name)
		return askwire.ColumnRef{}, false
	}
	t := m.out.Tables[i]
	c, ok := t.Column(name[dot+1:])
	if !ok {
		m.problem(line, askwire.UnknownColumn, "Correct the name, or remove the entry.", "relationship end %q: the table has no such column.", name)
		return askwire.ColumnRef{}, false
	}
	return askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: c.Name}, true
}

func (m *merge) term(a *TermAnnotation) {
	if strings.TrimSpace(a.Name) == "" || strings.TrimSpace(a.Meaning) == "" {
		m.problem(a.Line, askwire.WrongValue, "Give it a name and a meaning.", "a term has no name or no meaning.")
		return
	}
	t := askwire.Term{Name: a.Name, Synonyms: a.Synonyms, Meaning: a.Meaning}
	for _, name := range a.Tables {
		i, ok := m.find(name)
		if !ok {
			m.problem(a.Line, askwire.UnknownTable, noTable, "term %q: table %q does not exist.", a.Name, name)
			continue
		}
		t.Tables = append(t.Tables, m.out.Tables[i].ID())
	}
	if key := strings.ToLower(a.Name); !m.terms[key] {
		m.terms[key] = true
		m.out.Terms = append(m.out.Terms, t)
	}
}
