package proxy

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/askwire/askwire"
)

// TestHashKeyIsNotTold: the key of a hash mask is in the text that the backend gets, and in nothing that a client can read:
// receipts, plans, errors that quote the text, warnings.
func TestHashKeyIsNotTold(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Masks = map[string]string{p.Tables[0] + ".name": "hash"}
	})
	h.ask("q", "SELECT name FROM customers ORDER BY id LIMIT 1")
	c := h.conn()
	key := regexp.MustCompile(`'[0-9a-z]{20,}`)
	for _, sql := range []string{
		"EXPLAIN FORMAT = RECEIPT SELECT name FROM customers",
		"EXPLAIN SELECT name FROM customers",
		"EXPLAIN FORMAT = JSON SELECT name FROM customers",
		"EXPLAIN ASK 'q'",
		"ASK SQL 'q'",
		"SELECT CAST(1 AS YEAR) FROM (SELECT name FROM customers) t", // a syntax error on the backend
		"SELECT 18446744073709551615 + (name LIKE '%') FROM customers",
		"SHOW WARNINGS",
	} {
		got, err := tryTable(t, c, sql)
		if text := fmt.Sprint(got, err); key.MatchString(text) {
			t.Errorf("%s tells the key:\n%s", sql, text)
		}
	}
	h.rec.mu.Lock()
	defer h.rec.mu.Unlock()
	if len(h.rec.done) < 4 {
		t.Errorf("only %d records", len(h.rec.done))
	}
	for _, r := range h.rec.done {
		if key.MatchString(r.Statement) || key.MatchString(r.Error) {
			t.Errorf("the history tells the key: %s %s", r.Statement, r.Error)
		}
	}
}
