package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

// maxAnnotations bounds each of the four tables: every proxy holds all of them.
const maxAnnotations = 100_000

// noteTable is one of the annotation tables: its key columns, then its others. changed_by and changed_at are this
// package's own.
type noteTable struct {
	keys, texts []string
	read        func(row map[string]string) askwire.Annotation
	write       func(a *askwire.Annotation) map[string]string
}

var noteTables = map[askwire.AnnotationKind]noteTable{
	askwire.TableNotes: {
		keys: []string{"backend", "database_name", "table_name"}, texts: []string{"name_ko", "name_en", "description", "synonyms"},
		read: func(r map[string]string) askwire.Annotation {
			return askwire.Annotation{Backend: r["backend"], Database: r["database_name"], Table: r["table_name"],
				NameKo: r["name_ko"], NameEn: r["name_en"], Description: r["description"], Synonyms: list(r["synonyms"])}
		},
		write: func(a *askwire.Annotation) map[string]string {
			return map[string]string{"backend": a.Backend, "database_name": a.Database, "table_name": a.Table,
				"name_ko": a.NameKo, "name_en": a.NameEn, "description": a.Description, "synonyms": strings.Join(a.Synonyms, ", ")}
		},
	},
	askwire.ColumnNotes: {
		keys: []string{"backend", "database_name", "table_name", "column_name"}, texts: []string{"name_ko", "name_en", "description", "synonyms"},
		read: func(r map[string]string) askwire.Annotation {
			return askwire.Annotation{Backend: r["backend"], Database: r["database_name"], Table: r["table_name"], Column: r["column_name"],
				NameKo: r["name_ko"], NameEn: r["name_en"], Description: r["description"], Synonyms: list(r["synonyms"])}
		},
		write: func(a *askwire.Annotation) map[string]string {
			return map[string]string{"backend": a.Backend, "database_name": a.Database, "table_name": a.Table, "column_name": a.Column,
				"name_ko": a.NameKo, "name_en": a.NameEn, "description": a.Description, "synonyms": strings.Join(a.Synonyms, ", ")}
		},
	},
	askwire.TermNotes: {
		keys: []string{"backend", "name"}, texts: []string{"synonyms", "meaning", "table_names"},
		read: func(r map[string]string) askwire.Annotation {
			return askwire.Annotation{Backend: r["backend"], Name: r["name"], Synonyms: list(r["synonyms"]), Meaning: r["meaning"], Tables: list(r["table_names"])}
		},
		write: func(a *askwire.Annotation) map[string]string {
			return map[string]string{"backend": a.Backend, "name": a.Name, "synonyms": strings.Join(a.Synonyms, ", "), "meaning": a.Meaning,
				"table_names": strings.Join(a.Tables, ", ")}
		},
	},
	askwire.RelationNotes: {
		keys: []string{"backend", "from_column", "to_column"},
		read: func(r map[string]string) askwire.Annotation {
			return askwire.Annotation{Backend: r["backend"], From: r["from_column"], To: r["to_column"]}
		},
		write: func(a *askwire.Annotation) map[string]string {
			return map[string]string{"backend": a.Backend, "from_column": a.From, "to_column": a.To}
		},
	},
}

// widths are the columns' lengths in characters, as migration 4 has them.
var widths = map[string]int{
	"backend": 128, "database_name": 64, "table_name": 64, "column_name": 64, "name_ko": 200, "name_en": 200, "description": 2000,
	"synonyms": 1000, "name": 200, "meaning": 2000, "table_names": 1000, "from_column": 200, "to_column": 200,
}

// required may not be empty.
var required = []string{"database_name", "table_name", "column_name", "name", "meaning", "from_column", "to_column"}

func (n noteTable) columns() []string { return slices.Concat(n.keys, n.texts) }

func (n noteTable) key(row map[string]string) string {
	parts := make([]string, len(n.keys))
	for i, k := range n.keys {
		parts[i] = row[k]
	}
	return strings.Join(parts, "\x00")
}

// list splits a text at its commas.
func list(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Annotate carries out an edit of one annotation table and returns how many rows it changed. check sees all annotations
// as they would be, and its error refuses the edit.
func (s *Store) Annotate(ctx context.Context, by string, e *askwire.AnnotationEdit, check func([]askwire.Annotation) error) (int64, error) {
	n, ok := noteTables[e.Of]
	if !ok {
		return 0, askwire.Errorf(askwire.UnknownTable, "There is no annotation table %.64q.", e.Of).
			WithHint("There are askwire.tables, askwire.columns, askwire.terms and askwire.relationships.")
	}
	if err := n.fits(e); err != nil {
		return 0, err
	}
	var count int64
	err := s.change(ctx, "annotations", func(ctx context.Context, tx *sql.Tx) error {
		count = 0
		all, err := readAnnotations(ctx, tx)
		if err != nil {
			return err
		}
		rows := make(map[string]map[string]string)
		for i := range all {
			if all[i].Of == e.Of {
				row := n.write(&all[i])
				rows[n.key(row)] = row
			}
		}
		gone, written, err := n.edit(rows, e)
		if err != nil {
			return err
		}
		count = int64(max(len(gone), len(written)))
		if count == 0 {
			return nil
		}
		next := slices.DeleteFunc(all, func(a askwire.Annotation) bool {
			if a.Of != e.Of {
				return false
			}
			key := n.key(n.write(&a))
			return gone[key] != nil || written[key] != nil
		})
		for _, key := range slices.Sorted(maps.Keys(written)) {
			a := n.read(written[key])
			a.Of = e.Of
			next = append(next, a)
		}
		if check != nil {
			if err := check(next); err != nil {
				return err
			}
		}
		return n.store(ctx, tx, e.Of, by, s.opts.Clock().UTC(), gone, written)
	})
	return count, err
}

// PutAnnotations writes annotations in place of those about the same things, and returns how many there were.
func (s *Store) PutAnnotations(ctx context.Context, by string, list []askwire.Annotation) (int, error) {
	type table struct {
		n       noteTable
		written map[string]map[string]string
	}
	tables := map[askwire.AnnotationKind]table{}
	for i := range list {
		a := &list[i]
		t, ok := tables[a.Of]
		if !ok {
			t = table{noteTables[a.Of], map[string]map[string]string{}}
			tables[a.Of] = t
		}
		row := t.n.write(a)
		if err := t.n.fits(&askwire.AnnotationEdit{Of: a.Of, Rows: []map[string]string{row}}); err != nil {
			return 0, err
		}
		if err := t.n.full(row); err != nil {
			return 0, err
		}
		t.written[t.n.key(row)] = row
	}
	err := s.change(ctx, "annotations", func(ctx context.Context, tx *sql.Tx) error {
		for of, t := range tables {
			if err := t.n.store(ctx, tx, of, by, s.opts.Clock().UTC(), t.written, t.written); err != nil {
				return err
			}
		}
		return nil
	})
	return len(list), err
}

// fits refuses columns that are not there, texts that are too long, and edits that name no rows.
func (n noteTable) fits(e *askwire.AnnotationEdit) error {
	columns := n.columns()
	known := func(row map[string]string) error {
		for _, c := range slices.Sorted(maps.Keys(row)) {
			switch v := row[c]; {
			case c == "changed_by" || c == "changed_at":
				return askwire.Errorf(askwire.NotSupported, "The column %s is written by askwire.", c).WithHint("Leave it out.")
			case !slices.Contains(columns, c):
				return askwire.Errorf(askwire.UnknownColumn, "Unknown column '%.64s' in 'askwire.%s'.", c, e.Of).WithHint("It has %s.", strings.Join(columns, ", "))
			case utf8.RuneCountInString(v) > widths[c]:
				return askwire.Errorf(askwire.WrongValue, "The value for %s has more than %d characters.", c, widths[c]).WithHint("Write a shorter one.")
			case !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }):
				return askwire.Errorf(askwire.BadText, "The value for %s is not plain UTF-8 text.", c).WithHint("Leave control characters out.")
			}
		}
		return nil
	}
	for _, row := range append([]map[string]string{e.Set, e.Where}, e.Rows...) {
		if err := known(row); err != nil {
			return err
		}
	}
	if len(e.Rows) == 0 && len(e.Where) == 0 {
		return askwire.Errorf(askwire.NotSupported, "An UPDATE or DELETE here needs a WHERE.").WithHint("Name the rows: WHERE table_name = 'orders'.")
	}
	return nil
}

// full refuses a row that says nothing, or about nothing.
func (n noteTable) full(row map[string]string) error {
	for _, c := range required {
		if slices.Contains(n.columns(), c) && strings.TrimSpace(row[c]) == "" {
			return askwire.Errorf(askwire.WrongValue, "The column %s may not be empty.", c).WithHint("Give it a value.")
		}
	}
	return nil
}

// edit works out which rows go and which are written, by key.
func (n noteTable) edit(rows map[string]map[string]string, e *askwire.AnnotationEdit) (gone, written map[string]map[string]string, err error) {
	gone, written = map[string]map[string]string{}, map[string]map[string]string{}
	write := func(row map[string]string) error {
		key := n.key(row)
		if (rows[key] != nil && gone[key] == nil) || written[key] != nil {
			return askwire.Errorf(askwire.WrongValue, "Duplicate entry: askwire.%s has a row for %s already.", e.Of, strings.Trim(strings.ReplaceAll(key, "\x00", "."), ".")).
				WithHint("UPDATE it.")
		}
		written[key] = row
		return n.full(row)
	}
	if len(e.Rows) > 0 {
		for _, r := range e.Rows {
			row := make(map[string]string, len(widths))
			for _, c := range n.columns() {
				row[c] = r[c]
			}
			if err := write(row); err != nil {
				return nil, nil, err
			}
		}
		if len(rows)+len(written) > maxAnnotations {
			return nil, nil, askwire.Errorf(askwire.UserLimit, "askwire.%s has %d rows.", e.Of, len(rows)).WithHint("Delete some first.")
		}
		return gone, written, nil
	}
	for key, row := range rows {
		hit := true
		for c, v := range e.Where {
			hit = hit && row[c] == v
		}
		if hit {
			gone[key] = row
		}
	}
	if len(e.Set) == 0 {
		return gone, written, nil
	}
	for _, key := range slices.Sorted(maps.Keys(gone)) {
		row := maps.Clone(gone[key])
		maps.Copy(row, e.Set)
		if maps.Equal(row, gone[key]) {
			delete(gone, key)
			continue
		}
		if err := write(row); err != nil {
			return nil, nil, err
		}
	}
	return gone, written, nil
}

func (n noteTable) store(ctx context.Context, tx *sql.Tx, of askwire.AnnotationKind, by string, at time.Time, gone, written map[string]map[string]string) error {
	where := strings.Join(n.keys, " = ? AND ") + " = ?"
	for _, key := range slices.Sorted(maps.Keys(gone)) {
		args := make([]any, len(n.keys))
		for i, k := range n.keys {
			args[i] = gone[key][k]
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM `"+string(of)+"` WHERE "+where, args...); err != nil {
			return err
		}
	}
	columns := append(n.columns(), "changed_by", "changed_at")
	var rows []valued
	for _, key := range slices.Sorted(maps.Keys(written)) {
		var values cells
		for _, c := range n.columns() {
			values = append(values, written[key][c])
		}
		rows = append(rows, append(values, short(by, capName), at))
	}
	for part := range slices.Chunk(rows, 100) {
		if err := insert(ctx, tx, &insertion{table: string(of), columns: columns}, part); err != nil {
			return err
		}
	}
	return nil
}

// Annotations are all that people have written with SQL, in the order of their keys.
func (s *Store) Annotations(ctx context.Context) ([]askwire.Annotation, error) {
	if !s.health.ready() {
		return nil, s.down(s.health.cause())
	}
	out, err := readAnnotations(ctx, s.db)
	if err != nil {
		return nil, s.down(err)
	}
	return out, nil
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readAnnotations(ctx context.Context, db queryer) ([]askwire.Annotation, error) {
	var out []askwire.Annotation
	for _, of := range []askwire.AnnotationKind{askwire.TableNotes, askwire.ColumnNotes, askwire.TermNotes, askwire.RelationNotes} {
		list, err := readNotes(ctx, db, of)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func readNotes(ctx context.Context, db queryer, of askwire.AnnotationKind) ([]askwire.Annotation, error) {
	n := noteTables[of]
	columns := n.columns()
	rows, err := db.QueryContext(ctx, "SELECT `"+strings.Join(columns, "`, `")+"`, changed_by, changed_at FROM `"+string(of)+"` ORDER BY "+strings.Join(n.keys, ", "))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := make([]string, len(columns)+1)
	var at time.Time
	dest := make([]any, 0, len(columns)+2)
	for i := range values {
		dest = append(dest, &values[i])
	}
	dest = append(dest, &at)
	var out []askwire.Annotation
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make(map[string]string, len(columns))
		for i, c := range columns {
			row[c] = values[i]
		}
		a := n.read(row)
		a.Of, a.By, a.At = of, values[len(columns)], at
		out = append(out, a)
	}
	return out, rows.Err()
}
