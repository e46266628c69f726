package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// fileTable is one table of a catalog file.
type fileTable struct {
	DB          string       `json:"db"`
	Name        string       `json:"name"`
	Table       string       `json:"table"` // another word for name
	Comment     string       `json:"comment"`
	NameKo      string       `json:"name_ko"`
	NameEn      string       `json:"name_en"`
	Description string       `json:"description"`
	Synonyms    []string     `json:"synonyms"`
	Columns     []fileColumn `json:"columns"`
	Cols        []fileColumn `json:"cols"`
	References  []string     `json:"references"` // "table" or "db.table"
	FKs         []string     `json:"fks"`
}

type fileColumn struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Comment     string   `json:"comment"`
	NL          string   `json:"nl"` // another word for name_en
	NameKo      string   `json:"name_ko"`
	NameEn      string   `json:"name_en"`
	Description string   `json:"description"`
	Synonyms    []string `json:"synonyms"`
}

// LoadCatalog merges catalog files into one snapshot. A file is JSON: {"tables": […], "terms": […]} or the list of tables alone; a
// table has db, name (or table), comment, columns (or cols: name, type, comment) and references (or fks), and may have what
// annotations give: name_ko, name_en, description, synonyms. A table that an earlier file has is left out.
func LoadCatalog(files ...string) (*askwire.Snapshot, error) {
	var out askwire.Snapshot
	seen := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var whole struct {
			Tables []fileTable    `json:"tables"`
			Terms  []askwire.Term `json:"terms"`
		}
		if strings.HasPrefix(strings.TrimSpace(string(b)), "[") {
			err = json.Unmarshal(b, &whole.Tables)
		} else {
			err = json.Unmarshal(b, &whole)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: this is no catalog file (%w). Write [{\"db\": …, \"name\": …, \"columns\": [{\"name\": …}]}, …]", file, err)
		}
		if len(whole.Tables) == 0 {
			return nil, fmt.Errorf("%s: no tables. Write [{\"db\": …, \"name\": …, \"columns\": [{\"name\": …}]}, …]", file)
		}
		for i, x := range whole.Tables {
			t := x.table()
			if t.DB == "" || t.Name == "" || len(t.Columns) == 0 {
				return nil, fmt.Errorf("%s: table %d lacks db, name or columns. Add them", file, i+1)
			}
			if other, twice := seen[t.ID()]; twice {
				if other == file {
					return nil, fmt.Errorf("%s: the table %s is there twice. Remove one of them", file, t.ID())
				}
				continue // public sets share databases; the first file has it
			}
			seen[t.ID()] = file
			out.Tables = append(out.Tables, t)
		}
		out.Terms = append(out.Terms, whole.Terms...)
	}
	slices.SortFunc(out.Tables, func(a, b *askwire.Table) int { return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(a.Name, b.Name)) })
	return askwire.NewSnapshot(out), nil
}

func (x fileTable) table() *askwire.Table {
	t := &askwire.Table{
		DB: x.DB, Name: cmp.Or(x.Name, x.Table), Comment: x.Comment, NameKo: x.NameKo, NameEn: x.NameEn,
		Description: x.Description, Synonyms: x.Synonyms,
	}
	for _, c := range slices.Concat(x.Columns, x.Cols) {
		t.Columns = append(t.Columns, askwire.Column{
			Name: c.Name, Type: c.Type, Comment: c.Comment, NameKo: c.NameKo, NameEn: cmp.Or(c.NameEn, c.NL),
			Description: c.Description, Synonyms: c.Synonyms,
		})
	}
	for _, ref := range slices.Concat(x.References, x.FKs) {
		db, name, ok := strings.Cut(ref, ".")
		if !ok {
			db, name = x.DB, ref
		}
		t.ForeignKeys = append(t.ForeignKeys, askwire.ForeignKey{RefDB: db, RefTable: name})
	}
	return t
}

// Search ranks the tables of a snapshot for a text, best first, at most k.
type Search func(snap *askwire.Snapshot, text string, k int) []askwire.RankedTable

// Retrieval measures the search: at which place is the last gold table? Depth is how far it looks. With scoped, a question sees
// the tables of its own database only. Questions whose tables are not in the snapshot are errors: they could never be found.
func Retrieval(snap *askwire.Snapshot, search Search, depth int, scoped bool) Measure {
	byDB := map[string]*askwire.Snapshot{}
	if scoped {
		tables := map[string][]*askwire.Table{}
		for _, t := range snap.Tables {
			tables[t.DB] = append(tables[t.DB], t)
		}
		for db, list := range tables {
			byDB[db] = askwire.NewSnapshot(askwire.Snapshot{Tables: list, Terms: snap.Terms})
		}
	}
	return func(_ context.Context, q *Question) ([]Result, error) {
		if len(q.Tables) == 0 {
			return nil, fmt.Errorf("question %s has no tables. Add the column tables, or measure it with a model", q.ID)
		}
		for _, id := range q.Tables {
			if !slices.ContainsFunc(snap.Tables, func(t *askwire.Table) bool { return strings.EqualFold(t.ID(), id) }) {
				return nil, fmt.Errorf("question %s: the table %s is in no catalog file. Correct its name, or add the file with --catalog", q.ID, id)
			}
		}
		in := snap
		if scoped {
			var ok bool
			if in, ok = byDB[q.DB]; !ok {
				return nil, fmt.Errorf("question %s: the database %q is in no catalog file. Correct its column db", q.ID, q.DB)
			}
		}
		start := time.Now()
		ranked := search(in, q.Text, depth)
		r := Result{Subject: "search", Reason: OK, Seconds: time.Since(start).Seconds()}
		ids := make([]string, len(ranked))
		for i, x := range ranked {
			ids[i] = x.Table.ID()
		}
		r.SetRank(ids, q.Tables)
		if r.Rank == 0 {
			r.Reason = NoTable
		}
		return []Result{r}, nil
	}
}

// SetRank sets the place of the last gold table among the ranked ones, and names those that are missing.
func (r *Result) SetRank(ranked, gold []string) {
	r.Ranked = true
	var missing []string
	last := 0
	for _, id := range gold {
		i := slices.IndexFunc(ranked, func(s string) bool { return strings.EqualFold(s, id) })
		if i < 0 {
			missing = append(missing, id)
		}
		last = max(last, i+1)
	}
	if len(missing) > 0 {
		r.Detail = "not found: " + strings.Join(missing, ", ")
		return
	}
	r.Rank = last
}
