package catalog_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
)

// samples is testdata/samples.json: the four sample databases in one catalog, and 402 Korean and English questions with
// the tables that answer them.
type samples struct {
	Tables    []annotated    `json:"tables"`
	Terms     []askwire.Term `json:"terms"`
	Questions []struct {
		Q    string   `json:"q"`
		Gold []string `json:"gold"`
	} `json:"questions"`
}

// annotated is a table or column with what the schema and the annotations say of it.
type annotated struct {
	DB          string      `json:"db"`
	Name        string      `json:"name"`
	Comment     string      `json:"comment"`
	NameKo      string      `json:"name_ko"`
	NameEn      string      `json:"name_en"`
	Description string      `json:"description"`
	Synonyms    []string    `json:"synonyms"`
	Columns     []annotated `json:"columns"`
	References  []string    `json:"references"`
}

func (s *samples) snapshot(annotations bool) *askwire.Snapshot {
	var out askwire.Snapshot
	for _, x := range s.Tables {
		t := &askwire.Table{DB: x.DB, Name: x.Name, Comment: x.Comment}
		for _, y := range x.Columns {
			c := askwire.Column{Name: y.Name, Comment: y.Comment}
			if annotations {
				c.NameKo, c.NameEn, c.Description, c.Synonyms = y.NameKo, y.NameEn, y.Description, y.Synonyms
			}
			t.Columns = append(t.Columns, c)
		}
		if annotations {
			t.NameKo, t.NameEn, t.Description, t.Synonyms = x.NameKo, x.NameEn, x.Description, x.Synonyms
		}
		for _, ref := range x.References {
			t.ForeignKeys = append(t.ForeignKeys, askwire.ForeignKey{RefDB: x.DB, RefTable: ref})
		}
		out.Tables = append(out.Tables, t)
	}
	if annotations {
		out.Terms = s.Terms
	}
	return askwire.NewSnapshot(out)
}

// TestSearchQuality holds the share of questions whose tables are all among the first k. The bounds lie a little under
// what was measured when they were set, so that a change that makes search worse is seen.
func TestSearchQuality(t *testing.T) {
	b, err := os.ReadFile("testdata/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	var s samples
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		annotations bool
		k           int
		least       float64
	}{
		{"Annotated5", true, 5, 0.87},
		{"Annotated10", true, 10, 0.97},
		{"CommentsOnly5", false, 5, 0.75},
		{"CommentsOnly10", false, 10, 0.88},
	} {
		t.Run(c.name, func(t *testing.T) {
			snap := s.snapshot(c.annotations)
			found := 0
			for _, q := range s.Questions {
				var ids []string
				for _, r := range catalog.Search(snap, q.Q, c.k) {
					ids = append(ids, r.Table.ID())
				}
				if !slices.ContainsFunc(q.Gold, func(id string) bool { return !slices.Contains(ids, id) }) {
					found++
				}
			}
			share := float64(found) / float64(len(s.Questions))
			t.Logf("F@%d %.3f of %d questions", c.k, share, len(s.Questions))
			if share < c.least {
				t.Errorf("F@%d is %.3f, below %.2f", c.k, share, c.least)
			}
		})
	}
}
