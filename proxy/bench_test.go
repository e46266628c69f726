package proxy

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkPointSelect is the hot path: COM_QUERY, gate with a hit in its cache, pool, relay. Rows of random ids.
func BenchmarkPointSelect(b *testing.B) {
	h := open(b)
	h.srv.Set(Settings{AuditPlain: "denied"})
	r := h.raw()
	r.query(b, "SELECT id, total FROM orders WHERE id = 1")
	b.ReportAllocs()
	for b.Loop() {
		r.query(b, fmt.Sprintf("SELECT id, total FROM orders WHERE id = %d", rand.IntN(1000)))
	}
}
