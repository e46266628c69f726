package guard

import (
	"strconv"
	"testing"

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

func BenchmarkUncached(b *testing.B) {
	long := bench141
	for len(long) < 1000 {
		long += " AND o.amount + 1 BETWEEN 2 AND 3 AND c.city IN ('Oslo', 'Lima') AND c.name LIKE 'a%'"
	}
	for _, c := range []struct{ name, sql string }{{"141B", bench141}, {"1KB", long}} {
		b.Run(c.name, func(b *testing.B) {
			g := benchGate(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.full(c.sql, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(bench141, Mode{}); err != nil {
			b.Fatal(err)
		}
	}
}
