// Command fatk measures table search: the share of questions whose tables are all among the first k (F@k).
//
//	go run ./catalog/fatk -catalog spider.json,beaver.json -questions dev.json,nw.json -k 10,20
//
// Catalog files are JSON lists of {db, table, comment, cols: [{name, nl, type, comment}], fks: ["db.table"]}, all merged into
// one catalog; question files are lists of {db, q, gold: ["db.table"]}. With -scoped each question sees its own database
// alone, as a profile that is bound to one would. With -misses it prints the questions whose tables were not found.
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
)

func main() {
	catalogs := flag.String("catalog", "", "catalog files, separated by commas")
	questions := flag.String("questions", "", "question files, separated by commas")
	ks := flag.String("k", "10,20", "the k of F@k, separated by commas")
	scoped := flag.Bool("scoped", false, "search the question's own database only")
	misses := flag.Bool("misses", false, "print the questions whose tables were not all found")
	flag.Parse()
	if err := run(*catalogs, *questions, *ks, *scoped, *misses); err != nil {
		fmt.Fprintln(os.Stderr, "fatk:", err)
		os.Exit(1)
	}
}

type table struct {
	DB      string `json:"db"`
	Table   string `json:"table"`
	Comment string `json:"comment"`
	Cols    []struct {
		Name    string `json:"name"`
		NL      string `json:"nl"`
		Type    string `json:"type"`
		Comment string `json:"comment"`
	} `json:"cols"`
	FKs []string `json:"fks"`
}

type question struct {
	DB   string   `json:"db"`
	Q    string   `json:"q"`
	Gold []string `json:"gold"`
}

func run(catalogs, questions, ks string, scoped, misses bool) error {
	all, err := load(strings.Split(catalogs, ","))
	if err != nil {
		return err
	}
	var depths []int
	for _, k := range strings.Split(ks, ",") {
		n, err := strconv.Atoi(k)
		if err != nil || n < 1 {
			return fmt.Errorf("-k: %q is no number above 0", k)
		}
		depths = append(depths, n)
	}
	whole := askwire.NewSnapshot(askwire.Snapshot{Tables: all})
	byDB := make(map[string]*askwire.Snapshot)
	for _, t := range all {
		if byDB[t.DB] == nil {
			byDB[t.DB] = askwire.NewSnapshot(askwire.Snapshot{
				Tables: slices.DeleteFunc(slices.Clone(all), func(u *askwire.Table) bool { return u.DB != t.DB }),
			})
		}
	}
	start := time.Now()
	catalog.Warm(whole)
	fmt.Printf("%d tables in one catalog, indexed in %v\n", len(all), time.Since(start).Round(time.Millisecond))
	for _, file := range strings.Split(questions, ",") {
		var list []question
		if err := read(file, &list); err != nil {
			return err
		}
		found := make([]int, len(depths))
		start := time.Now()
		for _, q := range list {
			snap := whole
			if scoped && byDB[q.DB] != nil {
				snap = byDB[q.DB]
			}
			at := depth(catalog.Search(snap, q.Q, slices.Max(depths)), q.Gold)
			for i, k := range depths {
				if at < k {
					found[i]++
				}
			}
			if misses && at >= slices.Max(depths) {
				fmt.Printf("  %s %v\n", q.Q, q.Gold)
			}
		}
		took := time.Since(start) / time.Duration(max(1, len(list)))
		fmt.Printf("%s: %d questions, %v each", filepath.Base(file), len(list), took.Round(time.Microsecond))
		for i, k := range depths {
			fmt.Printf(", F@%d %.3f", k, float64(found[i])/float64(max(1, len(list))))
		}
		fmt.Println()
	}
	return nil
}

// depth is the index of the last gold table, or the length of the list and more when one is missing.
func depth(got []askwire.RankedTable, gold []string) int {
	last := 0
	for _, id := range gold {
		i := slices.IndexFunc(got, func(r askwire.RankedTable) bool { return strings.EqualFold(r.Table.ID(), id) })
		if i < 0 {
			return 1 << 30
		}
		last = max(last, i)
	}
	return last
}

func load(files []string) ([]*askwire.Table, error) {
	var all []*askwire.Table
	for _, file := range files {
		var list []table
		if err := read(file, &list); err != nil {
			return nil, err
		}
		for _, x := range list {
			t := &askwire.Table{DB: x.DB, Name: x.Table, Comment: x.Comment}
			for _, c := range x.Cols {
				t.Columns = append(t.Columns, askwire.Column{Name: c.Name, NameEn: c.NL, Type: c.Type, Comment: c.Comment})
			}
			for _, fk := range x.FKs {
				db, name, _ := strings.Cut(fk, ".")
				t.ForeignKeys = append(t.ForeignKeys, askwire.ForeignKey{RefDB: db, RefTable: name})
			}
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *askwire.Table) int { return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(a.Name, b.Name)) })
	return all, nil
}

func read(file string, v any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
