package proxy

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// BenchmarkPointSelect is the hot path: COM_QUERY, gate with a hit in its cache, pool, relay, against the same without the
// proxy. Ids are random. Run it with -cpu 1 and 16 sessions do the same work.
func BenchmarkPointSelect(b *testing.B) {
	h := open(b)
	h.srv.Set(Settings{AuditPlain: "denied"})
	for _, sessions := range []int{1, 16} {
		for name, client := range map[string]func() *rawClient{
			"proxy":  h.raw,
			"direct": func() *rawClient { return h.rawOn("root", "", h.engine.Addr) },
		} {
			b.Run(fmt.Sprintf("%s/%d", name, sessions), func(b *testing.B) {
				clients := make([]*rawClient, sessions)
				for i := range clients {
					clients[i] = client()
				}
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for _, r := range clients {
					wg.Go(func() {
						for range b.N / sessions {
							r.query(b, fmt.Sprintf("SELECT id, total FROM orders WHERE id = %d", rand.IntN(1000)))
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N/sessions*sessions)/b.Elapsed().Seconds(), "selects/s")
			})
		}
	}
}
