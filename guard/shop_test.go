package guard

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// col makes a column of a hand-built snapshot from "name type".
func col(def string) askwire.Column {
	name, typ, _ := strings.Cut(def, " ")
	data, _, _ := strings.Cut(typ, "(")
	return askwire.Column{Name: name, Type: typ, DataType: data, Nullable: true}
}

func table(db, name string, cols ...string) *askwire.Table {
	t := &askwire.Table{DB: db, Name: name, Rows: -1}
	for _, c := range cols {
		t.Columns = append(t.Columns, col(c))
	}
	return t
}

// shopSnapshot is testdata/shop.sql as the catalog sees it.
func shopSnapshot(fam askwire.Family) *askwire.Snapshot {
	customers := table("shop", "customers", "id int(11)", "name varchar(60)", "email varchar(80)", "phone varchar(30)", "ssn char(11)",
		"city varchar(40)", "created_at datetime")
	customers.PrimaryKey = []string{"id"}
	customers.Indexes = []askwire.Index{{Name: "city", Columns: []string{"city"}}}
	view := table("shop", "v_all", "id int(11)", "v varchar(60)")
	view.View = true
	return askwire.NewSnapshot(askwire.Snapshot{Backend: "main", Version: 1, Server: askwire.Server{Family: fam, Version: "10.11.14", Major: 10, Minor: 11},
		Tables: []*askwire.Table{
			customers,
			table("shop", "orders", "id int(11)", "customer_id int(11)", "product_id int(11)", "amount decimal(10,2)", "status varchar(12)", "ordered_at datetime"),
			table("shop", "products", "id int(11)", "name varchar(60)", "price decimal(10,2)", "category varchar(30)"),
			table("shop", "salaries", "id int(11)", "emp varchar(40)", "amount decimal(10,2)"),
			table("shop", "secrets", "id int(11)", "v varchar(60)"),
			view,
			table("shop", "we ird.t`x", "id int(11)", "a.b int(11)"),
		}})
}

func shopProfile() *askwire.Profile {
	return &askwire.Profile{Name: "shop", Tables: []string{"shop.customers", "shop.orders", "shop.products"},
		DenyColumns: []string{"shop.customers.ssn"}}
}

func compile(t testing.TB, p *askwire.Profile, s *askwire.Snapshot) *Policy {
	t.Helper()
	policy, errs := Compile(p, s, HashKey([]byte("test")))
	for _, err := range errs {
		t.Error(err)
	}
	if policy == nil {
		t.FailNow()
	}
	return policy
}

type shopCase struct{ id, verdict, reason, sql string }

func shopCases(t testing.TB) []shopCase {
	t.Helper()
	b, err := os.ReadFile("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []shopCase
	for _, line := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		f := strings.SplitN(line, "\t", 4)
		if len(f) != 4 {
			t.Fatalf("bad line %q", line)
		}
		sql := f[3]
		if h, ok := strings.CutPrefix(sql, "hex:"); ok {
			raw, err := hex.DecodeString(h)
			if err != nil {
				t.Fatal(err)
			}
			sql = string(raw)
		}
		out = append(out, shopCase{f[0], f[1], f[2], sql})
	}
	return out
}

// TestCases runs the shared cases without a server.
func TestCases(t *testing.T) {
	g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop"}}
	for _, c := range shopCases(t) {
		t.Run(c.id, func(t *testing.T) {
			st, err := g.Check(c.sql)
			if c.verdict == "allow" {
				if err != nil {
					t.Fatalf("%s\n%s\n%v", c.reason, c.sql, err)
				}
				if !st.Valid() || st.Receipt() == nil {
					t.Fatal("an admitted statement is not valid")
				}
				return
			}
			if err == nil {
				t.Fatalf("%s\n%s\nwas admitted as\n%s", c.reason, c.sql, st.Text())
			}
			if st.Valid() {
				t.Fatal("a refused statement is valid")
			}
			if askwire.CodeOf(err) == askwire.Internal {
				t.Fatalf("not an askwire error: %v", err)
			}
		})
	}
}
