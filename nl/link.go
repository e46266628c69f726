package nl

import (
	"context"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

const (
	linkedTables = 20
	maxNeighbour = 12 // tables that a foreign key adds
	wideTable    = 40 // columns above which an unlinked table shows keys and matched columns only
)

// Tables ranks the tables of the question's scope (ASK TABLES).
func (a *Asker) Tables(ctx context.Context, q *askwire.Question, gate guard.Gate) ([]askwire.RankedTable, error) {
	if err := validate(q.Text); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	return a.ranked(ctx, q, a.near(q, bindGate(q, gate)), true), nil
}

// sqlWords are what a meaning that is a fragment of SQL says about SQL, and not about what is looked for.
var sqlWords = regexp.MustCompile(`(?i)\b(?:[a-z_]+\s*\(|(?:select|from|where|and|or|not|null|is|in|between|like|as|case|when|then|else|end|distinct|group\s+by|order\s+by|having|join|on|left|right|inner|outer|interval|asc|desc|exists|union|all|limit)\b)`)

// searchText is the question with the meanings of the glossary's matched terms, so that a business word finds the table
// whose columns never say it.
func searchText(q *askwire.Question) string {
	var b strings.Builder
	b.WriteString(q.Text)
	b.WriteString(turnsText(q))
	for _, t := range matchedTerms(q.Snapshot.Terms, q.Text) {
		b.WriteByte(' ')
		b.WriteString(sqlWords.ReplaceAllString(t.Meaning, " "))
		for _, table := range t.Tables {
			b.WriteByte(' ')
			b.WriteString(table[strings.IndexByte(table, '.')+1:])
		}
	}
	return cut(b.String(), 2*maxQuestionRunes)
}

// linked is what of the scope goes into a prompt.
type linked struct {
	schema string
	tokens int
	tables []*askwire.Table
}

// link chooses what of the scope goes into the prompt: all of it when it is small, else the best ranked tables, those of
// the examples, and their neighbours by foreign key, as far as the room goes, in tokens.
func (a *Asker) link(q *askwire.Question, gate guard.Gate, examples []example, room int, rank ranking) linked {
	w := schemaWriter{q: q, policy: gate.Policy, words: wordsOf(normalise(q.Text)), count: a.counts.of}
	if all, n, ok := w.tables(q.Snapshot.Tables, min(wholeScope, room), false); ok {
		return linked{all, n, q.Snapshot.Tables}
	}
	var order []*askwire.Table
	chosen := make(map[*askwire.Table]bool)
	add := func(t *askwire.Table) {
		if t != nil && !chosen[t] {
			chosen[t] = true
			order = append(order, t)
		}
	}
	for _, id := range turnTables(q, gate) {
		add(tableByID(q.Snapshot, id))
	}
	for _, r := range rank(true) {
		add(r.Table)
	}
	for _, ex := range examples {
		for _, id := range ex.tables {
			add(tableByID(q.Snapshot, id))
		}
	}
	best := len(order)
	within := make(map[tableKey]bool, best)
	for _, t := range order {
		within[tableKey{t.DB, t.Name}] = true
	}
	links := relationships(q, func(from, to tableKey) bool { return within[from] || within[to] })
	for _, t := range order[:best:best] {
		for _, r := range links {
			if len(order) >= linkedTables+maxNeighbour {
				break
			}
			if r.From.DB == t.DB && r.From.Table == t.Name {
				add(tableByName(q.Snapshot, r.To))
			}
			if r.To.DB == t.DB && r.To.Table == t.Name {
				add(tableByName(q.Snapshot, r.From))
			}
		}
	}
	var b strings.Builder
	var out linked
	for _, t := range order {
		text, n, ok := w.tables([]*askwire.Table{t}, room-out.tokens, len(t.Columns) > wideTable)
		if !ok && len(t.Columns) > 8 {
			text, n, ok = w.tables([]*askwire.Table{t}, room-out.tokens, true)
		}
		if !ok {
			continue
		}
		b.WriteString(text)
		out.tokens += n
		out.tables = append(out.tables, t)
	}
	out.schema = b.String()
	return out
}

func tableByID(s *askwire.Snapshot, id string) *askwire.Table {
	db, name, ok := strings.Cut(id, ".")
	if !ok {
		return nil
	}
	t, _ := s.Table(db, name)
	return t
}

func tableByName(s *askwire.Snapshot, c askwire.ColumnRef) *askwire.Table {
	t, _ := s.Table(c.DB, c.Table)
	return t
}

type tableKey struct{ db, name string }

// relationships are the wanted join paths of the scope, each once: foreign keys, the catalog's and the profile's own.
func relationships(q *askwire.Question, want func(from, to tableKey) bool) []askwire.Relationship {
	var out []askwire.Relationship
	seen := make(map[[2]askwire.ColumnRef]bool)
	add := func(r askwire.Relationship) {
		if !want(tableKey{r.From.DB, r.From.Table}, tableKey{r.To.DB, r.To.Table}) {
			return
		}
		from, to := tableByName(q.Snapshot, r.From), tableByName(q.Snapshot, r.To)
		if from == nil || to == nil {
			return
		}
		if _, ok := from.Column(r.From.Column); !ok {
			return
		}
		if _, ok := to.Column(r.To.Column); !ok {
			return
		}
		if key := [2]askwire.ColumnRef{r.From, r.To}; !seen[key] {
			seen[key] = true
			out = append(out, r)
		}
	}
	for _, t := range q.Snapshot.Tables {
		for _, fk := range t.ForeignKeys {
			for i := range min(len(fk.Columns), len(fk.RefColumns)) {
				add(askwire.Relationship{
					From: askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: fk.Columns[i]},
					To:   askwire.ColumnRef{DB: fk.RefDB, Table: fk.RefTable, Column: fk.RefColumns[i]},
				})
			}
		}
	}
	for _, r := range q.Snapshot.Relationships {
		add(r)
	}
	for _, text := range q.Profile.Relationships {
		from, to, ok := strings.Cut(text, "->")
		f, okF := columnRef(from)
		t, okT := columnRef(to)
		if ok && okF && okT {
			add(askwire.Relationship{From: f, To: t, ByHand: true})
		}
	}
	return out
}

// declared reports whether the relationship is a foreign key, which the catalog shows at its column.
func declared(snap *askwire.Snapshot, r askwire.Relationship) bool {
	t := tableByID(snap, r.From.DB+"."+r.From.Table)
	if t == nil {
		return false
	}
	for _, fk := range t.ForeignKeys {
		for i := range min(len(fk.Columns), len(fk.RefColumns)) {
			if fk.Columns[i] == r.From.Column && fk.RefDB == r.To.DB && fk.RefTable == r.To.Table && fk.RefColumns[i] == r.To.Column {
				return true
			}
		}
	}
	return false
}

func columnRef(s string) (askwire.ColumnRef, bool) {
	p := strings.Split(strings.TrimSpace(s), ".")
	if len(p) != 3 {
		return askwire.ColumnRef{}, false
	}
	return askwire.ColumnRef{DB: p[0], Table: p[1], Column: p[2]}, true
}

// matchedTerms are the glossary's lines whose name or synonym the question says, at most 12, longest names first.
func matchedTerms(terms []askwire.Term, question string) []askwire.Term {
	text := matchForm(question)
	var out []askwire.Term
	for _, t := range terms {
		for _, name := range append([]string{t.Name}, t.Synonyms...) {
			if says(text, matchForm(name)) {
				out = append(out, t)
				break
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].Name) > len(out[j].Name) })
	return out[:min(len(out), 12)]
}

// says reports whether the text holds the term: anywhere if it is Hangul (particles follow), else as whole words.
func says(text, term string) bool {
	if utf8.RuneCountInString(term) < 2 {
		return false
	}
	if hasHangul(term) {
		return strings.Contains(text, term)
	}
	for from := 0; ; {
		i := strings.Index(text[from:], term)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(term)
		if (start == 0 || !asciiWord(text[start-1])) && (end == len(text) || !asciiWord(text[end])) {
			return true
		}
		from = end
	}
}

func asciiWord(c byte) bool { return c < 0x80 && isWordByte(c) }
