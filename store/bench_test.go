package store

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// BenchmarkBegin measures durable intents of 16 sessions at once.
func BenchmarkBegin(b *testing.B) {
	s := benchStore(b)
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := s.Begin(context.Background(), record("b"+strconv.FormatInt(n.Add(1), 10))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkFinish measures handing over completions and writing them all.
func BenchmarkFinish(b *testing.B) {
	s := benchStore(b)
	n := 0
	for b.Loop() {
		n++
		s.Finish(context.Background(), record("f"+strconv.Itoa(n)))
	}
	b.StopTimer()
	start := time.Now()
	shut(b, s)
	if st := s.Status(); st.Lost != 0 || st.Spooled != 0 {
		b.Errorf("status %+v", st)
	}
	b.ReportMetric(time.Since(start).Seconds(), "drain-s")
}

// BenchmarkReserve measures the quota far from its limit.
func BenchmarkReserve(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		if err := s.Reserve(context.Background(), "ana", askwire.Limits{QuestionsPerDay: 1 << 40}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	e := enginetest.Get(b, "mariadb")
	s := start(b, options(b, e.DSN, e.NewDatabase(b)))
	ready(b, s)
	b.ResetTimer()
	return s
}
