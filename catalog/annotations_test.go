package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
)

func TestMerge(t *testing.T) {
	snap := mall()
	before, _ := snap.Table("shop", "orders")
	print := before.Fingerprint
	merged, problems := catalog.Merge(snap, []catalog.Annotations{
		{
			File: "shop.toml", Database: "shop",
			Tables: []catalog.TableAnnotation{{
				Name: "orders", NameKo: "주문", NameEn: "Orders", Description: "one row for each order", Synonyms: []string{"purchases", " "},
				Columns: []catalog.ColumnAnnotation{{Name: "TOTAL_AMOUNT", NameKo: "결제 금액", Synonyms: []string{"매출"}}},
			}},
			Terms: []catalog.TermAnnotation{{Name: "매출", Synonyms: []string{"revenue"}, Meaning: "SUM(total_amount)", Tables: []string{"orders"}}},
			Joins: []catalog.JoinAnnotation{{From: "orders.customer_id", To: "shop.customers.id"}, {From: "customers.id", To: "orders.customer_id"}},
		},
		{File: "again.toml", Tables: []catalog.TableAnnotation{{Name: "shop.orders", NameKo: "주문", Synonyms: []string{"구매"}}}},
		{File: "other.toml", Backend: "other", Tables: []catalog.TableAnnotation{{Name: "nowhere.t"}}},
	})
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	orders, _ := merged.Table("shop", "orders")
	if orders.NameKo != "주문" || orders.NameEn != "Orders" || orders.Description == "" || !slices.Equal(orders.Synonyms, []string{"purchases", "구매"}) {
		t.Errorf("%+v", orders)
	}
	total, _ := orders.Column("total_amount")
	if total.NameKo != "결제 금액" || !slices.Equal(total.Synonyms, []string{"매출"}) {
		t.Errorf("%+v", total)
	}
	if len(merged.Terms) != 1 || !slices.Equal(merged.Terms[0].Tables, []string{"shop.orders"}) {
		t.Errorf("terms %+v", merged.Terms)
	}
	if len(merged.Relationships) != 1 || !merged.Relationships[0].ByHand || merged.Relationships[0].To.String() != "shop.customers.id" {
		t.Errorf("relationships %+v", merged.Relationships)
	}
	if orders.Fingerprint == print {
		t.Error("annotations left the fingerprint as it was")
	}
	if before.NameKo != "" || before.Columns[3].NameKo != "" || len(snap.Terms) != 0 {
		t.Error("the snapshot that was merged into has changed")
	}
	again, _ := catalog.Merge(snap, []catalog.Annotations{{File: "a", Tables: []catalog.TableAnnotation{{Name: "shop.orders", NameKo: "주문"}}}})
	if x, _ := again.Table("shop", "orders"); x.Fingerprint == orders.Fingerprint {
		t.Error("different annotations, one fingerprint")
	}
}

func TestMergeProblems(t *testing.T) {
	merged, problems := catalog.Merge(mall(), []catalog.Annotations{
		{File: "a.toml", Database: "shop",
			Tables: []catalog.TableAnnotation{
				{Name: "order"},
				{Name: "orders", NameKo: "주문", Columns: []catalog.ColumnAnnotation{{Name: "totl"}}},
			},
			Joins: []catalog.JoinAnnotation{{From: "orders.customer", To: "customers.id"}, {From: "id", To: "nowhere.id"}},
			Terms: []catalog.TermAnnotation{{Name: "x"}, {Name: "y", Meaning: "z", Tables: []string{"gone"}}, {Name: "w", Meaning: "1"}},
		},
		{File: "c.toml", Database: "nowhere", Tables: []catalog.TableAnnotation{{Name: "a"}, {Name: "b"}}},
		{File: "b.toml", Tables: []catalog.TableAnnotation{{Name: "shop.orders", NameKo: "오더"}}, Terms: []catalog.TermAnnotation{{Line: 4, Name: "W", Meaning: "2"}}},
	})
	want := []string{
		`c.toml: backend "" has no database "nowhere".`,
		`a.toml: table "order" does not exist.`, `a.toml: table "orders" has no column "totl".`,
		`a.toml: relationship end "orders.customer"`, `a.toml: relationship end "id" is no column`, `a.toml: relationship end "nowhere.id"`,
		`a.toml: a term has no name or no meaning`, `a.toml: term "y": table "gone" does not exist.`,
		`b.toml: shop.orders: name_ko is "오더" here and "주문" in a.toml.`, `b.toml:4: term w: meaning is "2" here and "1" in a.toml.`,
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Error())
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
			t.Errorf("missing: %s", w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	if x, _ := merged.Table("shop", "orders"); x.NameKo != "주문" {
		t.Errorf("what had no problem is not merged: %q", x.NameKo)
	}
}

func TestQuestions(t *testing.T) {
	good := catalog.QuestionAnnotation{
		Name: "top", Questions: []string{"top {n} products", "best products"}, SQL: "SELECT DATE_FORMAT(d, '%H:%i') FROM t WHERE c = :city LIMIT :n",
		Params:     []catalog.ParamAnnotation{{Name: "n", Type: "int", Default: "10", Min: "1", Max: "100"}, {Name: "city", Type: "string", Default: "Seoul"}},
		VerifiedBy: "team",
	}
	change := func(f func(*catalog.QuestionAnnotation)) []catalog.Annotations {
		q := good
		q.Params = slices.Clone(good.Params)
		f(&q)
		return []catalog.Annotations{{File: "q.toml", Backend: "main", Database: "shop", Questions: []catalog.QuestionAnnotation{q}}}
	}
	t.Run("OK", func(t *testing.T) {
		got, problems := catalog.Questions(change(func(*catalog.QuestionAnnotation) {}))
		if len(problems) != 0 || len(got) != 1 || !got[0].Verified || got[0].Database != "shop" || got[0].Backend != "main" ||
			got[0].Params[0].Type != askwire.IntParam {
			t.Errorf("%+v, %v", got, problems)
		}
	})
	for name, c := range map[string]struct {
		change func(*catalog.QuestionAnnotation)
		want   string
	}{
		"NoName":        {func(q *catalog.QuestionAnnotation) { q.Name = "" }, "no name"},
		"LongName":      {func(q *catalog.QuestionAnnotation) { q.Name = strings.Repeat("긴", 65) }, "more than 64 characters"},
		"NoPhrasing":    {func(q *catalog.QuestionAnnotation) { q.Questions = nil }, "no phrasing"},
		"NoSQL":         {func(q *catalog.QuestionAnnotation) { q.SQL = " " }, "no sql"},
		"BadType":       {func(q *catalog.QuestionAnnotation) { q.Params[0].Type = "float" }, `type "float"`},
		"UnknownInSQL":  {func(q *catalog.QuestionAnnotation) { q.SQL += " OFFSET :skip" }, ":skip"},
		"UnknownPhrase": {func(q *catalog.QuestionAnnotation) { q.Questions = []string{"of {month}"} }, "{month}"},
		"Required":      {func(q *catalog.QuestionAnnotation) { q.Params[0].Default = "" }, "does not mention {n}"},
		"Twice":         {func(q *catalog.QuestionAnnotation) { q.Params[1].Name = "n" }, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := catalog.Questions(change(c.change))
			if len(got) != 0 || len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) || !strings.Contains(problems[0].Error(), "q.toml") {
				t.Errorf("%v, %v", got, problems)
			}
		})
	}
	t.Run("SameName", func(t *testing.T) {
		files := append(change(func(*catalog.QuestionAnnotation) {}), change(func(*catalog.QuestionAnnotation) {})...)
		if got, problems := catalog.Questions(files); len(got) != 1 || len(problems) != 1 {
			t.Errorf("%v, %v", got, problems)
		}
	})
}

func TestParseDSN(t *testing.T) {
	e, err := catalog.ParseDSN("ana:p@ss:w/ord@tcp(db.example.com:3307)/shop?tls=skip-verify&timeout=3s&sql_mode=ANSI")
	if err != nil {
		t.Fatal(err)
	}
	if e.Network != "tcp" || e.Addr != "db.example.com:3307" || e.User != "ana" || e.Password.Reveal() != "p@ss:w/ord" || e.DB != "shop" ||
		e.TLS != "skip-verify" || e.Timeout.Seconds() != 3 || e.Params["sql_mode"] != "ANSI" {
		t.Errorf("%+v", e)
	}
	if e, err := catalog.ParseDSN("root@unix(/run/mysqld.sock)/?tls=false"); err != nil || e.Network != "unix" || e.Addr != "/run/mysqld.sock" || e.TLS != "" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, dsn := range []string{"", "root:geheim@tcp(h:1)", "root:geheim@tcp(h:1)/?tls=geheim", "root:geheim@udp(h:1)/", "root:geheim@tcp(h:1)/?timeout=geheim"} {
		if _, err := catalog.ParseDSN(dsn); askwire.CodeOf(err) != askwire.WrongValue || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}
