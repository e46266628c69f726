package catalog

import (
	"strings"

	"github.com/askwire/askwire"
)

// FromStore gives the store's annotations the form of files. They come after the files of catalog.d, so that a file wins.
func FromStore(list []askwire.Annotation) []Annotations {
	var out []Annotations
	at := make(map[string]int)
	for i := range list {
		a := &list[i]
		name := "askwire." + string(a.Of)
		n, ok := at[a.Backend+"\x00"+name]
		if !ok {
			n = len(out)
			at[a.Backend+"\x00"+name] = n
			out = append(out, Annotations{File: name, Backend: a.Backend})
		}
		f := &out[n]
		switch a.Of {
		case askwire.TableNotes:
			f.Tables = append(f.Tables, TableAnnotation{Name: a.Database + "." + a.Table, NameKo: a.NameKo, NameEn: a.NameEn, Description: a.Description, Synonyms: a.Synonyms})
		case askwire.ColumnNotes:
			table := a.Database + "." + a.Table
			if k := len(f.Tables); k == 0 || f.Tables[k-1].Name != table {
				f.Tables = append(f.Tables, TableAnnotation{Name: table})
			}
			t := &f.Tables[len(f.Tables)-1]
			t.Columns = append(t.Columns, ColumnAnnotation{Name: a.Column, NameKo: a.NameKo, NameEn: a.NameEn, Description: a.Description, Synonyms: a.Synonyms})
		case askwire.TermNotes:
			f.Terms = append(f.Terms, TermAnnotation{Name: a.Name, Synonyms: a.Synonyms, Meaning: a.Meaning, Tables: a.Tables})
		case askwire.RelationNotes:
			f.Joins = append(f.Joins, JoinAnnotation{From: a.From, To: a.To})
		}
	}
	return out
}

// Placed is an annotation and where it was read.
type Placed struct {
	askwire.Annotation
	Place string
}

// ToStore gives the files' annotations the form of the store, names in full. A name without a database is a problem.
func ToStore(files []Annotations) ([]Placed, []error) {
	var out []Placed
	var problems []error
	for i := range files {
		f := &files[i]
		add := func(line int, a askwire.Annotation, names ...string) {
			for _, name := range names {
				if strings.HasPrefix(name, ".") || !strings.Contains(name, ".") {
					problems = append(problems, askwire.Errorf(askwire.NoDatabase, "%s: %q has no database.", f.place(line), strings.TrimPrefix(name, ".")).
						WithHint("Write database.table, or say database = \"…\" in the file."))
					return
				}
			}
			for _, s := range append(a.Synonyms, a.Tables...) {
				if strings.Contains(s, ",") {
					problems = append(problems, askwire.Errorf(askwire.WrongValue, "%s: %q holds a comma, which separates texts in the store.", f.place(line), s).
						WithHint("Make it two, or keep the entry in the file."))
					return
				}
			}
			a.Backend = f.Backend
			out = append(out, Placed{a, f.place(line)})
		}
		for j := range f.Tables {
			t := &f.Tables[j]
			full := f.qualified(t.Name)
			db, table, _ := strings.Cut(full, ".")
			if t.NameKo != "" || t.NameEn != "" || t.Description != "" || len(t.Synonyms) > 0 {
				add(t.Line, askwire.Annotation{Of: askwire.TableNotes, Database: db, Table: table, NameKo: t.NameKo, NameEn: t.NameEn,
					Description: t.Description, Synonyms: t.Synonyms}, full)
			}
			for k := range t.Columns {
				c := &t.Columns[k]
				add(c.Line, askwire.Annotation{Of: askwire.ColumnNotes, Database: db, Table: table, Column: c.Name, NameKo: c.NameKo, NameEn: c.NameEn,
					Description: c.Description, Synonyms: c.Synonyms}, full)
			}
		}
		for j := range f.Terms {
			t := &f.Terms[j]
			full := make([]string, len(t.Tables))
			for k, name := range t.Tables {
				full[k] = f.qualified(name)
			}
			add(t.Line, askwire.Annotation{Of: askwire.TermNotes, Name: t.Name, Synonyms: t.Synonyms, Meaning: t.Meaning, Tables: full}, full...)
		}
		for j := range f.Joins {
			r := &f.Joins[j]
			from, to := f.qualifiedColumn(r.From), f.qualifiedColumn(r.To)
			add(r.Line, askwire.Annotation{Of: askwire.RelationNotes, From: from, To: to}, from, to)
		}
	}
	return out, problems
}

// qualifiedColumn is table.column with the file's default database.
func (a *Annotations) qualifiedColumn(name string) string {
	if strings.Count(name, ".") < 2 {
		return a.Database + "." + name
	}
	return name
}
