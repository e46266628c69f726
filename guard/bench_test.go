package guard

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// bench141 has 141 bytes, the size of an ordinary statement.
const bench141 = "SELECT o.id, o.amount, c.name, c.city FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'paid' AND o.id = 0000000000004242"

func benchGate(b *testing.B) Gate {
	return Gate{Policy: compile(b, shopProfile(), shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop"}}
}

// BenchmarkHit checks a statement whose shape is known and whose literal is new each time.
func BenchmarkHit(b *testing.B) {
	g := benchGate(b)
	texts := make([]string, 1024)
	for i := range texts {
		texts[i] = bench141[:len(bench141)-8] + strconv.Itoa(10000000+i)
	}
	if _, err := g.Check(texts[0]); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(texts[0])))
	i := 0
	for b.Loop() {
		if _, err := g.Check(texts[i&1023]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkPoint is a point select through a row policy.
func BenchmarkPoint(b *testing.B) {
	p := shopProfile()
	p.Rows = map[string]string{"shop.orders": "customer_id = @user_id"}
	g := Gate{Policy: compile(b, p, shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop",
		Vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7"}}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Check("SELECT amount FROM orders WHERE id = 4242"); err != nil {
			b.Fatal(err)
		}
	}
}

// bench1K has 1,076 bytes.
var bench1K = bench141 + strings.Repeat(" AND o.amount + 1 BETWEEN 2 AND 3 AND c.city IN ('Oslo', 'Lima') AND c.name LIKE 'a%'", 11)

// BenchmarkUncached takes the full road. p50-ns is the median of the calls, which says more than the mean on a machine that
// others use. parser-% is how much of it the parser alone needs for the two texts, what came and what is sent; the rest is
// the guard's own work.
func BenchmarkUncached(b *testing.B) {
	for _, c := range []struct{ name, sql string }{{"141B", bench141}, {"1KB", bench1K}} {
		b.Run(c.name, func(b *testing.B) {
			g := benchGate(b)
			v, err := g.check(c.sql, false, false)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			took := make([]time.Duration, 0, 1<<20)
			for b.Loop() {
				began := time.Now()
				if _, err := g.full(c.sql, false); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			b.StopTimer()
			parsing := make([]time.Duration, 1000)
			for i := range parsing {
				began := time.Now()
				for _, text := range []string{c.sql, v.text} {
					if _, err := parse(text, Mode{}); err != nil {
						b.Fatal(err)
					}
				}
				parsing[i] = time.Since(began)
			}
			all := median(took)
			b.ReportMetric(all, "p50-ns")
			b.ReportMetric(100*median(parsing)/all, "parser-%")
		})
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2])
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, sql string }{{"141B", bench141}, {"1KB", bench1K}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(c.sql, Mode{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
