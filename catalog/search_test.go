package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
)

// mall is a schema with English names, Korean comments and annotations.
func mall() *askwire.Snapshot {
	table := func(db, name, comment string, columns ...string) *askwire.Table {
		t := &askwire.Table{DB: db, Name: name, Comment: comment}
		for _, c := range columns {
			column, note, _ := strings.Cut(c, ":")
			t.Columns = append(t.Columns, askwire.Column{Name: column, Comment: note})
		}
		return t
	}
	ref := func(t *askwire.Table, column, to string) *askwire.Table {
		t.ForeignKeys = append(t.ForeignKeys, askwire.ForeignKey{Columns: []string{column}, RefDB: t.DB, RefTable: to, RefColumns: []string{"id"}})
		return t
	}
	products := table("shop", "products", "상품", "id", "name:상품명", "price:가격", "category_id")
	products.Synonyms = []string{"goods", "물건"}
	staff := table("hr", "employees", "직원", "id", "full_name:이름", "dept_id:부서", "salary:급여")
	staff.Columns[3].Synonyms = []string{"연봉", "pay"}
	return askwire.NewSnapshot(askwire.Snapshot{Tables: []*askwire.Table{
		ref(table("edu", "enrollments", "수강 신청", "id", "student_id:학생", "course_id:강의", "grade:성적"), "student_id", "students"),
		table("edu", "students", "학생", "id", "name:이름", "major:전공"),
		table("hr", "departments", "부서", "id", "name:부서명"),
		ref(staff, "dept_id", "departments"),
		table("shop", "customers", "고객", "id", "name:이름", "city:도시", "joinedAt:가입일"),
		ref(ref(table("shop", "orderItems", "주문 상품", "id", "order_id", "product_id", "quantity:수량"), "order_id", "orders"), "product_id", "products"),
		ref(table("shop", "orders", "주문", "id", "customer_id", "ordered_at:주문 일시", "total_amount:주문 금액", "status:상태"), "customer_id", "customers"),
		products,
	}})
}

func TestSearch(t *testing.T) {
	snap := mall()
	for _, c := range []struct {
		name, question string
		first          string
		within3        []string
		reason         string
	}{
		{"EnglishName", "Show all orders of last month", "shop.orders", nil, "name: orders"},
		{"Stemming", "average salaries by employee", "hr.employees", nil, "columns: salaries"},
		{"CamelCase", "quantity of each order item", "shop.orderItems", nil, "columns: quantity"},
		{"KoreanComment", "최근 한 달간 주문량을 알려줘", "shop.orders", nil, "comment: 주문"},
		{"KoreanParticles", "고객별로 도시를 보여줘", "shop.customers", nil, "comment: 고객"},
		{"KoreanColumnComment", "학생들의 성적은?", "edu.enrollments", []string{"edu.students"}, "column comments: "},
		{"SynonymOfTable", "가장 비싼 물건은?", "shop.products", nil, "name: 물건"},
		{"SynonymOfColumn", "연봉이 가장 높은 사람", "hr.employees", nil, "columns: 연봉"},
		{"ForeignKey", "orders and the goods in them", "", []string{"shop.orders", "shop.orderItems", "shop.products"}, ""},
		{"Mixed", "customer 도시별 주문 금액", "", []string{"shop.orders", "shop.customers"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := catalog.Search(snap, c.question, 10)
			var ids []string
			for _, r := range got {
				ids = append(ids, r.Table.ID())
			}
			if len(got) == 0 {
				t.Fatal("nothing found")
			}
			if c.first != "" && ids[0] != c.first {
				t.Errorf("first is %s, want %s: %v", ids[0], c.first, ids)
			}
			if !strings.Contains(got[0].Reason, c.reason) {
				t.Errorf("reason %q, want %q in it", got[0].Reason, c.reason)
			}
			for _, id := range c.within3 {
				if !slices.Contains(ids[:min(3, len(ids))], id) {
					t.Errorf("%s is not among the first three: %v", id, ids)
				}
			}
			if !slices.IsSortedFunc(got, func(a, b askwire.RankedTable) int {
				switch {
				case a.Score > b.Score:
					return -1
				case a.Score < b.Score:
					return 1
				}
				return 0
			}) {
				t.Errorf("scores are not sorted: %v", got)
			}
		})
	}
	t.Run("NeighbourReason", func(t *testing.T) {
		for _, r := range catalog.Search(snap, "학생들의 성적은?", 10) {
			if r.Table.Name == "students" && !strings.Contains(r.Reason, "fk: enrollments") {
				t.Errorf("reason %q", r.Reason)
			}
		}
	})
	t.Run("Nothing", func(t *testing.T) {
		for _, q := range []string{"", "알려줘", "show me the", "xyzzy quux", "'; --", "\xff\xfe"} {
			if got := catalog.Search(snap, q, 10); len(got) != 0 {
				t.Errorf("%q found %d tables", q, len(got))
			}
		}
		if catalog.Search(nil, "orders", 10) != nil || catalog.Search(snap, "orders", 0) != nil {
			t.Error("a nil snapshot or k = 0 found something")
		}
	})
	t.Run("K", func(t *testing.T) {
		if got := catalog.Search(snap, "customer order product name", 2); len(got) != 2 {
			t.Errorf("%d tables", len(got))
		}
	})
}

// TestSearchScope reduces the snapshot, as a profile does: a table that is gone is neither found nor named in a reason.
func TestSearchScope(t *testing.T) {
	full := mall()
	var tables []*askwire.Table
	for _, x := range full.Tables {
		if x.Name != "orders" {
			tables = append(tables, x)
		}
	}
	catalog.Warm(full)
	for _, r := range catalog.Search(askwire.NewSnapshot(askwire.Snapshot{Tables: tables}), "주문 orders orderItems", 10) {
		if r.Table.Name == "orders" || strings.Contains(r.Reason, "fk: orders") {
			t.Errorf("%s: %s", r.Table.ID(), r.Reason)
		}
	}
}

// TestSearchForgets searches many snapshots that nobody keeps: the indexes must go with them.
func TestSearchForgets(t *testing.T) {
	before := catalog.CachedIndexes()
	for range 20 {
		if len(catalog.Search(mall(), "orders", 1)) != 1 {
			t.Fatal("nothing found")
		}
	}
	deadline := time.After(time.Minute)
	for catalog.CachedIndexes() > before {
		runtime.GC()
		select {
		case <-deadline:
			t.Fatalf("%d indexes stay", catalog.CachedIndexes())
		default:
			runtime.Gosched()
		}
	}
}

func FuzzSearch(f *testing.F) {
	snap := mall()
	for _, s := range []string{"orders", "고객별 주문량", "customerID2은", "a\x00b", "ㄱㄴ", "漢字かな", "IDs VMs XMLHttp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, q string) {
		for _, r := range catalog.Search(snap, q, 3) {
			if r.Table == nil || r.Score <= 0 {
				t.Errorf("%q: %+v", q, r)
			}
		}
	})
}

// wide makes a catalog of n tables with 20 columns each, of some 600 words.
func wide(n int) *askwire.Snapshot {
	r := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"or", "der", "cus", "tom", "pro", "duct", "in", "voice", "ship", "ment", "pay", "ac", "count", "led", "ger", "ware",
		"house", "stock", "em", "ploy", "de", "part", "cam", "paign", "click"}
	var words []string
	for _, a := range syllables {
		for _, b := range syllables {
			words = append(words, a+b)
		}
	}
	word := func() string { return words[int(float64(len(words))*r.Float64()*r.Float64())] }
	s := askwire.Snapshot{}
	for i := range n {
		t := &askwire.Table{DB: fmt.Sprintf("db%02d", i*40/n), Name: fmt.Sprintf("%s_%s_%d", word(), word(), i), Comment: "주문 " + word()}
		for j := range 20 {
			t.Columns = append(t.Columns, askwire.Column{Name: fmt.Sprintf("%s_%s", word(), word()), Comment: fmt.Sprintf("%s %s 컬럼%d", word(), word(), j)})
		}
		if i > 0 {
			ref := s.Tables[r.IntN(i)]
			t.ForeignKeys = []askwire.ForeignKey{{RefDB: ref.DB, RefTable: ref.Name, Columns: []string{"a"}, RefColumns: []string{"b"}}}
		}
		s.Tables = append(s.Tables, t)
	}
	return askwire.NewSnapshot(s)
}

var searched = []string{
	"show the orderder and customtom of each invoice paymentpay by department account last month",
	"최근 한 달간 주문 내역에서 orproduct 별 paycount 를 알려줘",
	"which warehouse stockstock has employ ledger campaign clickclick ororder cusder",
}

// BenchmarkSearch measures questions of some ten words against 10,000 tables × 20 columns.
func BenchmarkSearch(b *testing.B) {
	snap := wide(10_000)
	catalog.Warm(snap)
	var took []time.Duration
	i := 0
	for b.Loop() {
		start := time.Now()
		if len(catalog.Search(snap, searched[i%len(searched)], 20)) == 0 {
			b.Fatal("nothing found")
		}
		took = append(took, time.Since(start))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkIndex measures building the index of 10,000 tables × 20 columns, and what it holds in memory.
func BenchmarkIndex(b *testing.B) {
	snap := wide(10_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		s := askwire.NewSnapshot(*snap)
		catalog.Warm(s)
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(s)
		b.StartTimer()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
}

func TestSearchGlossary(t *testing.T) {
	snap := *mall()
	snap.Terms = []askwire.Term{{Name: "객단가", Synonyms: []string{"AOV"}, Meaning: "SUM(total_amount) / COUNT(*)", Tables: []string{"shop.orders", "gone.t"}}}
	for _, q := range []string{"지난달 객단가는?", "AOV of last month"} {
		got := catalog.Search(askwire.NewSnapshot(snap), q, 1)
		if len(got) != 1 || got[0].Table.ID() != "shop.orders" || !strings.Contains(got[0].Reason, "glossary: ") {
			t.Errorf("%s: %+v", q, got)
		}
	}
}

// TestSearchChain asks for what lies two joins apart.
func TestSearchChain(t *testing.T) {
	var ids []string
	for _, r := range catalog.Search(mall(), "quantity of customers", 4) {
		ids = append(ids, r.Table.ID())
	}
	for _, want := range []string{"shop.orderItems", "shop.orders", "shop.customers"} {
		if !slices.Contains(ids, want) {
			t.Errorf("%s is not among %v", want, ids)
		}
	}
}

// TestSearchImplied: a column that is named after a table leads to it where no foreign key is declared.
func TestSearchImplied(t *testing.T) {
	table := func(name string, columns ...string) *askwire.Table {
		t := &askwire.Table{DB: "air", Name: name}
		for _, c := range columns {
			t.Columns = append(t.Columns, askwire.Column{Name: c})
		}
		return t
	}
	snap := askwire.NewSnapshot(askwire.Snapshot{Tables: []*askwire.Table{
		table("Carriers", "uid", "country"), table("crews", "crew_no", "carrier_code"), table("flights", "flight_no", "carrier", "gate"), table("meals", "dish"),
	}})
	var got []string
	for _, r := range catalog.Search(snap, "flights without a gate", 10) {
		got = append(got, r.Table.ID()+" "+r.Reason)
	}
	want := []string{"air.flights name: flights; columns: flights, gate", "air.Carriers fk: flights"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
