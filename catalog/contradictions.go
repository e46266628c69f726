package catalog

import (
	"fmt"
	"strings"

	"github.com/askwire/askwire"
)

// Contradictions finds the entries that say something else than an earlier one about the same table, column or term of the
// same backend, each with both places. It needs no database.
func Contradictions(files []Annotations) []error {
	c := contradictions{said: make(map[string][]said)}
	for i := range files {
		f := &files[i]
		c.file = f
		for j := range f.Tables {
			a := &f.Tables[j]
			id := f.qualified(a.Name)
			c.set(a.Line, id+": name_ko", a.NameKo)
			c.set(a.Line, id+": name_en", a.NameEn)
			c.set(a.Line, id+": description", a.Description)
			for k := range a.Columns {
				b := &a.Columns[k]
				id := id + "." + strings.ToLower(b.Name)
				c.set(b.Line, id+": name_ko", b.NameKo)
				c.set(b.Line, id+": name_en", b.NameEn)
				c.set(b.Line, id+": description", b.Description)
			}
		}
		for j := range f.Terms {
			a := &f.Terms[j]
			c.set(a.Line, "term "+strings.ToLower(a.Name)+": meaning", a.Meaning)
		}
	}
	return c.problems
}

// qualified is the name with the file's default database.
func (a *Annotations) qualified(name string) string {
	if !strings.Contains(name, ".") {
		return a.Database + "." + name
	}
	return name
}

// place is the file with the line, where it is known.
func (a *Annotations) place(line int) string {
	if line == 0 {
		return a.File
	}
	return fmt.Sprintf("%s:%d", a.File, line)
}

// said remembers who gave a field its value.
type said struct{ value, backend, place string }

type contradictions struct {
	file     *Annotations
	said     map[string][]said
	problems []error
}

func (c *contradictions) set(line int, field, value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	for _, old := range c.said[field] {
		if old.value != value && (old.backend == "" || c.file.Backend == "" || old.backend == c.file.Backend) {
			c.problems = append(c.problems, askwire.Errorf(askwire.WrongValue, "%s: %s is %.200q here and %.200q in %s.",
				c.file.place(line), field, value, old.value, old.place).WithHint("Keep one of them."))
			return
		}
	}
	c.said[field] = append(c.said[field], said{value, c.file.Backend, c.file.place(line)})
}
