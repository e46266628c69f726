package guard

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// strictProfile has every kind of rule on the shop.
func strictProfile() *askwire.Profile {
	p := shopProfile()
	p.Rows = map[string]string{"shop.orders": "customer_id = @user_id AND status <> @hidden", "shop.products": "category = 'book' OR id < 100"}
	p.Masks = map[string]string{"shop.customers.phone": "partial(3, 4)", "shop.customers.email": "hash", "shop.customers.city": "const('somewhere')"}
	return p
}

func strictSession() Session {
	return Session{Database: "shop", Metadata: true,
		Vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7"}, "hidden": {Kind: askwire.String, Text: `v'o\id`}},
		Known: func(name string) (askwire.Value, bool) {
			switch name {
			case "@@version", "version()":
				return askwire.Value{Kind: askwire.String, Text: "10.11.6-askwire"}, true
			case "@@autocommit", "connection_id()":
				return askwire.Value{Kind: askwire.Int, Text: "-1"}, true
			case "database()":
				return askwire.Value{}, true
			}
			return askwire.Value{}, false
		}}
}

// moreStatements are forms that the shared cases lack.
var moreStatements = []string{
	"SELECT id + 5, 'x', id FROM orders WHERE id = 5",
	"SELECT id+ 5 , CONCAT('a', 1) FROM orders WHERE amount > 1.50 LIMIT 10",
	"SELECT DATE_FORMAT(ordered_at, '%Y'), COUNT(*) FROM orders GROUP BY DATE_FORMAT(ordered_at, '%Y') ORDER BY 1 LIMIT 3",
	"SELECT x FROM (SELECT id + 1 AS x, 7 FROM orders WHERE id IN (1, 2, 3)) t WHERE x = 2",
	"SELECT `id+1` FROM (SELECT id+1 FROM orders) t",
	"SELECT @@version, VERSION(), connection_id(), DATABASE() FROM orders WHERE id = 3",
	"SELECT CAST('12' AS DECIMAL(10, 2)), CAST(1 AS CHAR(3)) FROM orders WHERE id = 1",
	"SELECT ordered_at + INTERVAL 3 DAY FROM orders WHERE ordered_at >= DATE '2024-01-01' AND ordered_at < '2024-02-01'",
	"SELECT 'a' 'b', N'c', _utf8mb4'd', x'41', 0x42, b'1', 1e3, .5, 5., 007 FROM orders WHERE status = 'a' 'b'",
	"SELECT city, phone, email FROM customers WHERE id BETWEEN 1 AND 20 AND phone LIKE '+44%'",
	"SELECT SUM(amount) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM orders WHERE id < 10",
	"SELECT id FROM orders WHERE status = 'it''s' AND id = 4 ORDER BY id DESC LIMIT 5 OFFSET 6",
	`SELECT id FROM orders WHERE status = "d""q" OR status LIKE '50\%'`,
	"SELECT o.id FROM orders o LEFT JOIN products p ON p.id = o.product_id AND p.price > 5 WHERE o.id = 9 AND p.category IS NULL",
	"SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' AND table_name LIKE 'o%'",
	"SELECT column_name FROM information_schema.columns WHERE table_name = 'customers' ORDER BY ordinal_position",
	"SELECT id /* c */ + 1 FROM orders -- end",
	"SELECT id /*+ hint */ FROM orders WHERE id = 1 # end",
	"SELECT id+1/* t */ FROM orders WHERE id = 12",
	"SELECT 1 UNION SELECT id + 1 FROM orders WHERE id = 3 ORDER BY 1 LIMIT 2",
	"SELECT -5, - 5, -(-5), id - -5 FROM orders WHERE id > -5 AND amount = -1.5",
}

// TestCacheSendsTheSame: whatever is in the cache, a statement gets the text, the markers and the receipt of the full road.
func TestCacheSendsTheSame(t *testing.T) {
	for _, pr := range []*askwire.Profile{shopProfile(), strictProfile()} {
		g := Gate{Policy: compile(t, pr, shopSnapshot(askwire.MariaDB)), Session: strictSession()}
		rng := rand.New(rand.NewPCG(1, 2))
		var texts []string
		for _, c := range shopCases(t) {
			texts = append(texts, c.sql)
		}
		texts = append(texts, moreStatements...)
		admitted, hits := 0, 0
		for round := range 12 {
			for _, text := range texts {
				sql := text
				if round > 0 {
					sql = mutate(text, rng, round > 6)
				}
				h := entries(g.Policy.cache)
				got, err := g.Check(sql)
				want, wantErr := g.check(sql, false, false)
				if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
					t.Fatalf("%s\ncached road: %v\nfull road:   %v", sql, err, wantErr)
				}
				if err != nil {
					continue
				}
				admitted++
				if entries(g.Policy.cache) == h {
					hits++
				}
				if got.Text() != want.text || got.Params() != want.params {
					t.Fatalf("%s\ncached: %s\nfull:   %s", sql, got.Text(), want.text)
				}
				if got.Shown() != want.statement().Shown() {
					t.Fatalf("%s\ncached shows: %s\nfull shows:   %s", sql, got.Shown(), want.statement().Shown())
				}
				if !reflect.DeepEqual(got.Receipt(), want.statement().Receipt()) {
					t.Fatalf("%s\ncached: %+v\nfull:   %+v", sql, got.Receipt(), want.statement().Receipt())
				}
			}
		}
		if hits < admitted/3 {
			t.Errorf("only %d of %d admitted statements were hits: the test compares the full road with itself", hits, admitted)
		}
	}
}

func entries(c *cache) int {
	n := 0
	for i := range c.shards {
		n += len(c.shards[i].entries)
	}
	return n
}

// mutate changes literals, and with cut also drops, doubles or swaps tokens.
func mutate(sql string, rng *rand.Rand, cut bool) string {
	if len(sql) > 4096 {
		return sql
	}
	s := lex.New(sql, lex.Mode{})
	var b strings.Builder
	at := 0
	for tok := s.Next(); tok.Kind != lex.EOF; tok = s.Next() {
		b.WriteString(sql[at:tok.Pos])
		at = tok.End
		text := sql[tok.Pos:tok.End]
		switch {
		case tok.Kind == lex.Number && rng.IntN(2) == 0:
			text = []string{"0", "1", "2", "3", "00042", "7.25", "18446744073709551616", "9223372036854775808", "1e2", "99999", ".5"}[rng.IntN(11)]
		case tok.Kind == lex.String && rng.IntN(2) == 0:
			text = []string{"''", "'x'", `'it''s'`, `"dq'"`, `'b\\s'`, "'ssn'", "'한국어'", `'😀'`, `'a'' OR 1=1 -- '`, "'%Y'"}[rng.IntN(10)]
		case cut && rng.IntN(20) == 0:
			text = ""
		case cut && rng.IntN(20) == 0:
			text += " " + text
		case cut && rng.IntN(20) == 0:
			text = []string{"id", "ssn", "secrets", "(", ")", "*", ",", "orders", "-", "'x'", "5"}[rng.IntN(11)]
		}
		b.WriteString(text)
	}
	b.WriteString(sql[at:])
	return b.String()
}

// TestCacheKeepsPrincipalsApart: two principals of one profile send the same text at the same time.
func TestCacheKeepsPrincipalsApart(t *testing.T) {
	policy := compile(t, strictProfile(), shopSnapshot(askwire.MariaDB))
	const sql = "SELECT id, status, DATABASE() FROM orders WHERE id = 5"
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for n := range 8 {
		wg.Go(func() {
			s := strictSession()
			id := fmt.Sprint(7000 + n)
			s.Vars = map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: id}, "hidden": {Kind: askwire.String, Text: "h" + id}}
			s.Known = func(name string) (askwire.Value, bool) {
				return askwire.Value{Kind: askwire.String, Text: "db" + id}, true
			}
			g := Gate{Policy: policy, Session: s}
			for range 300 {
				st, err := g.Check(sql)
				if err != nil {
					errs <- err
					return
				}
				if !strings.Contains(st.Text(), "= "+id+" ") || !strings.Contains(st.Text(), "'h"+id+"'") || !strings.Contains(st.Text(), "'db"+id+"'") ||
					strings.Count(st.Text(), "700") != 3 {
					errs <- errors.New("somebody else's values: " + st.Text())
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

// TestCacheNoticesMissingValues: a hit refuses what the full road refuses.
func TestCacheNoticesMissingValues(t *testing.T) {
	g := Gate{Policy: compile(t, strictProfile(), shopSnapshot(askwire.MariaDB)), Session: strictSession()}
	const sql = "SELECT id, @@version FROM orders"
	if _, err := g.Check(sql); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]func(*Session){
		"NoVariable": func(s *Session) { s.Vars = nil },
		"NotANumber": func(s *Session) {
			s.Vars = map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7 OR 1=1"}, "hidden": {Kind: askwire.String}}
		},
		"NotKnown": func(s *Session) { s.Known = nil },
	} {
		t.Run(name, func(t *testing.T) {
			g := g
			s(&g.Session)
			if st, err := g.Check(sql); err == nil {
				t.Fatalf("admitted: %s", st.Text())
			}
		})
	}
}

func TestCacheIsBounded(t *testing.T) {
	g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop"}}
	pad := strings.Repeat("x", 2000)
	for i := range 6000 {
		if _, err := g.Check(fmt.Sprintf("SELECT id AS a%d_%s FROM orders", i, pad[:60])); err != nil {
			t.Fatal(err)
		}
	}
	for i := range g.Policy.cache.shards {
		s := &g.Policy.cache.shards[i]
		sum := 0
		for k, e := range s.entries {
			if e.size < len(k) {
				t.Fatal("an entry counts less than its key")
			}
			sum += e.size
		}
		if sum != s.bytes || s.bytes > shardBytes || len(s.entries) > shardCount {
			t.Fatalf("shard %d: %d entries, %d bytes, counted %d", i, len(s.entries), sum, s.bytes)
		}
	}
}

// TestCacheStats: a statement of a known form is a hit; a new form, a denial and a text beyond the cache are misses.
func TestCacheStats(t *testing.T) {
	g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop"}}
	for _, c := range []struct {
		sql          string
		hits, misses uint64
	}{
		{"SELECT name FROM customers WHERE id = 1", 0, 1},
		{"SELECT name FROM customers WHERE id = 2", 1, 0},
		{"SELECT name FROM secrets WHERE id = 2", 0, 1},
		{"SELECT 1 /*" + strings.Repeat("x", maxCached) + "*/", 0, 1},
	} {
		hits, misses := CacheStats()
		_, _ = g.Check(c.sql)
		h, m := CacheStats()
		if h-hits != c.hits || m-misses != c.misses {
			t.Errorf("%.60s: %d hits, %d misses", c.sql, h-hits, m-misses)
		}
	}
}

// TestShownConstants: constants of a row policy are sent, and shown nowhere, however they are written; also when the verdict is kept.
func TestShownConstants(t *testing.T) {
	p := shopProfile()
	p.Rows = map[string]string{"shop.orders": "status = 'for''bidden' AND amount < 1234.5 AND product_id IN (SELECT id FROM products WHERE price > 987 LIMIT 765) AND customer_id = @user_id" +
		" AND status <> _utf8mb4'introduced' AND status <> _latin1 'spaced' AND status <> N'national' AND status <> _binary x'616263' AND status <> x'646566' AND status <> 0x676869 AND status <> b'01100001'" +
		" AND ordered_at > DATE '2019-03-04' AND ordered_at > TIMESTAMP '2019-03-05 06:07:08' AND ordered_at > ordered_at - INTERVAL 543 DAY AND amount <> -3.25e7 AND status LIKE 'pat%' AND CONCAT(status, 'first' 'second') <> 'both'"}
	g := Gate{Policy: compile(t, p, shopSnapshot(askwire.MySQL)), Session: Session{Database: "shop", Vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "4711"}}}}
	for range 2 {
		st, err := g.Check("SELECT id FROM orders WHERE amount > 55")
		if err != nil {
			t.Fatal(err)
		}
		shown := st.Shown() + strings.Join(st.Receipt().Predicates, " ")
		for _, secret := range []string{"for''bidden", "1234.5", "987", "765", "4711", "introduced", "spaced", "national", "616263", "646566", "676869", "01100001", "2019-03-04", "2019-03-05 06:07:08",
			"543", "3.25e7", "pat%", "first", "both"} {
			if !strings.Contains(st.Text(), secret) || strings.Contains(shown, secret) {
				t.Errorf("%s: sent %s\nshown %s", secret, st.Text(), shown)
			}
		}
		if !strings.Contains(st.Shown(), "> 55") || !strings.Contains(st.Receipt().Predicates[0], "status = … AND amount < …") {
			t.Errorf("shown %s", shown)
		}
	}
}

// TestShown: what people may see of a statement has neither the key of a hash mask nor the value of a policy variable,
// whichever road it took, and is otherwise the text that is sent.
func TestShown(t *testing.T) {
	g := Gate{Policy: compile(t, strictProfile(), shopSnapshot(askwire.MariaDB)), Session: strictSession()}
	const sql = "SELECT email, phone FROM customers c JOIN orders o ON o.customer_id = c.id WHERE email = 'it''s' AND o.id = 5"
	for range 2 {
		st, err := g.Check(sql)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(st.Shown(), g.Policy.hashKey) || strings.Contains(st.Shown(), "v''o") {
			t.Errorf("a secret is shown: %s", st.Shown())
		}
		if !strings.Contains(st.Text(), g.Policy.hashKey) || !strings.Contains(st.Text(), "v''o") {
			t.Errorf("not sent: %s", st.Text())
		}
		if !strings.Contains(st.Shown(), "= @user_id") || !strings.Contains(st.Shown(), "@hidden") || !strings.Contains(st.Shown(), "SHA2(CONCAT('key', `email`), 256)") {
			t.Errorf("shown: %s", st.Shown())
		}
	}
	ex, err := g.Explain(sql, "")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(ex.Text(), g.Policy.hashKey) || strings.Contains(ex.Shown(), "v''o") || !strings.Contains(ex.Shown(), "@hidden") {
		t.Errorf("explained: %s\nshown: %s", ex.Text(), ex.Shown())
	}
}
