package nl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// schemaWriter prints tables for the prompt: one line a table, one line a column. Everything that other people wrote
// (names, comments, values) goes through data, so that it stays on its line and inside its delimiters.
type schemaWriter struct {
	q      *askwire.Question
	policy *guard.Policy // nil: no sample values
	words  map[string]bool
	count  func(string) int // tokens of a text
}

// tables prints tables within a budget of tokens, and says how many there are; false when they do not fit. narrow leaves out
// columns that are no key and that the question does not touch.
func (w schemaWriter) tables(tables []*askwire.Table, budget int, narrow bool) (string, int, bool) {
	var b strings.Builder
	tokens := 0
	for _, t := range tables {
		before := b.Len()
		w.table(&b, t, narrow)
		if tokens += w.count(b.String()[before:]); tokens > budget {
			return "", 0, false
		}
	}
	return b.String(), tokens, true
}

func (w schemaWriter) table(b *strings.Builder, t *askwire.Table, narrow bool) {
	b.WriteString(data(t.DB, 64))
	b.WriteByte('.')
	b.WriteString(data(t.Name, 64))
	if t.View {
		b.WriteString(" (view)")
	}
	restricted := w.policy == nil || w.policy.RowPolicy(t.DB, t.Name)
	if restricted && w.policy != nil {
		b.WriteString(" (holds only the asker's rows)")
	}
	w.comment(b, t.Name, t.NameKo, t.NameEn, t.Comment, t.Description, t.Synonyms)
	b.WriteByte('\n')
	refs := make(map[string]string)
	for _, fk := range t.ForeignKeys {
		if _, visible := w.q.Snapshot.Table(fk.RefDB, fk.RefTable); !visible {
			continue
		}
		for i := range min(len(fk.Columns), len(fk.RefColumns)) {
			refs[strings.ToLower(fk.Columns[i])] = fk.RefDB + "." + fk.RefTable + "." + fk.RefColumns[i]
		}
	}
	primary := make(map[string]bool)
	for _, c := range t.PrimaryKey {
		primary[strings.ToLower(c)] = true
	}
	left := 0
	for i := range t.Columns {
		c := &t.Columns[i]
		name := strings.ToLower(c.Name)
		if narrow && !primary[name] && refs[name] == "" && c.Key == "" && !w.touches(c) {
			left++
			continue
		}
		b.WriteString("  ")
		b.WriteString(data(c.Name, 64))
		b.WriteByte(' ')
		b.WriteString(data(c.Type, 120))
		if primary[name] {
			b.WriteString(" PK")
		}
		if r := refs[name]; r != "" {
			b.WriteString(" -> ")
			b.WriteString(data(r, 200))
		}
		ref := askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: c.Name}
		masked := w.policy != nil && w.policy.Masked(ref)
		if masked {
			b.WriteString(" (masked)")
		}
		w.comment(b, c.Name, c.NameKo, c.NameEn, c.Comment, c.Description, c.Synonyms)
		if !restricted && !masked && shows(w.q.Profile, ref) {
			for j, v := range c.Samples[:min(len(c.Samples), 3)] {
				if j == 0 {
					b.WriteString(" e.g. ")
				} else {
					b.WriteString(", ")
				}
				b.WriteByte('\'')
				b.WriteString(strings.ReplaceAll(data(v, 40), "'", "''"))
				b.WriteByte('\'')
			}
		}
		b.WriteByte('\n')
	}
	if left > 0 {
		b.WriteString("  (more columns exist that the question does not seem to touch)\n")
	}
}

// comment prints what people say about a table or column, each thing once: a name that the comment repeats is left out.
func (w schemaWriter) comment(b *strings.Builder, name, ko, en, comment, description string, synonyms []string) {
	texts := make([]string, 0, 9)
	folded := make([]string, 0, 9)
	add := func(s string, n int) {
		if s = data(s, n); s == "" || strings.EqualFold(s, name) {
			return
		}
		f := strings.ToLower(s)
		for i := 0; i < len(texts); i++ {
			if strings.Contains(folded[i], f) {
				return
			}
			if strings.Contains(f, folded[i]) {
				texts, folded = append(texts[:i], texts[i+1:]...), append(folded[:i], folded[i+1:]...)
				i--
			}
		}
		texts, folded = append(texts, s), append(folded, f)
	}
	add(ko, 80)
	add(en, 80)
	add(comment, 200)
	add(description, 200)
	for _, s := range synonyms[:min(len(synonyms), 5)] {
		add(s, 60)
	}
	if len(texts) > 0 {
		b.WriteString(" -- ")
		b.WriteString(strings.Join(texts, "; "))
	}
}

// touches reports whether the question shares a word with the column.
func (w schemaWriter) touches(c *askwire.Column) bool {
	texts := append([]string{strings.ReplaceAll(c.Name, "_", " "), c.Comment, c.NameKo, c.NameEn, c.Description}, c.Synonyms...)
	for word := range wordsOf(normalise(strings.Join(texts, " "))) {
		if w.words[word] {
			return true
		}
	}
	return false
}

// llmDenied reports whether the profile keeps the column's values from models.
func llmDenied(p *askwire.Profile, c askwire.ColumnRef) bool {
	for _, d := range p.LLMDenyColumns {
		ref, ok := columnRef(d)
		if !ok { // a pattern nobody understands denies everything rather than nothing
			return true
		}
		if segment(ref.DB, c.DB) && segment(ref.Table, c.Table) && segment(ref.Column, c.Column) {
			return true
		}
	}
	return false
}

func segment(pattern, name string) bool { return pattern == "*" || strings.EqualFold(pattern, name) }

// opensTag reports whether a < before s would read as a tag; one before a space, a number or another sign compares.
func opensTag(s string) bool {
	return s != "" && (s[0] == '/' || s[0] == '!' || s[0] == '?' || s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z')
}

// data makes a text by others fit for a prompt: one line, at most n characters, without the characters that delimit.
func data(s string, n int) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '<' || c == '`' {
			clean = false
			break
		}
	}
	if clean && len(s) <= n {
		return s
	}
	var b strings.Builder
	count, space := 0, false
	for i, r := range s {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = b.Len() > 0
			continue
		case r == '<' && opensTag(s[i+1:]):
			r = '‹'
		case r == '`':
			r = '\''
		}
		if count >= n-1 {
			b.WriteRune('…')
			return b.String()
		}
		if space {
			b.WriteByte(' ')
			count++
		}
		space = false
		b.WriteRune(r)
		count++
	}
	return b.String()
}
