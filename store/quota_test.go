package store

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestQuotaMidnight(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		seoul := time.FixedZone("KST", 9*3600)
		late := time.Date(2026, 2, 28, 23, 59, 59, 0, seoul)
		var passed atomic.Int64 // seconds since late; the store's loops read the clock as well
		o := options(t, e.DSN, e.NewDatabase(t))
		o.Clock = func() time.Time { return late.Add(time.Duration(passed.Load()) * time.Second) }
		s := start(t, o)
		ready(t, s)
		limits := askwire.Limits{QuestionsPerDay: 3, TokensPerDay: 1000}
		for range 3 {
			if err := s.Reserve(t.Context(), "ana", limits); err != nil {
				t.Fatal(err)
			}
		}
		err := s.Reserve(t.Context(), "ana", limits)
		if askwire.CodeOf(err) != askwire.QuotaExceeded || !strings.Contains(err.Error(), "2026-03-01 00:00 +09:00") {
			t.Fatalf("the fourth of three questions: %v", err)
		}
		if err := s.Reserve(t.Context(), "bob", limits); err != nil {
			t.Errorf("another principal: %v", err)
		}
		if u, err := s.Usage(t.Context(), "ana"); err != nil || u != (askwire.Usage{Questions: 3}) {
			t.Errorf("usage %+v, %v", u, err)
		}

		passed.Store(1)
		if err := s.Reserve(t.Context(), "ana", limits); err != nil {
			t.Fatalf("after midnight: %v", err)
		}
		s.AddTokens("ana", 1000)
		if err := s.Reserve(t.Context(), "ana", limits); askwire.CodeOf(err) != askwire.QuotaExceeded {
			t.Errorf("all tokens are used: %v", err)
		}
		if u, err := s.Usage(t.Context(), "ana"); err != nil || u != (askwire.Usage{Questions: 1, Tokens: 1000}) {
			t.Errorf("usage %+v, %v", u, err)
		}
		shut(t, s)
		if n := count(t, e.Open(t, o.Schema), "SELECT COUNT(*) FROM quota"); n != 3 {
			t.Errorf("%d rows of quota", n)
		}
	})
}

// TestQuotaShared lets two proxies take from one limit at once: together they give out exactly as much as there is.
func TestQuotaShared(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		a := start(t, options(t, e.DSN, schema))
		b := a // the embedded engine has no row locks: it serves one proxy
		if e.Family != askwire.Embedded {
			b = start(t, options(t, e.DSN, schema))
		}
		ready(t, a)
		ready(t, b)
		limits := askwire.Limits{QuestionsPerDay: 20}
		var given atomic.Int64
		var wg sync.WaitGroup
		errs := make(chan error, 100)
		for i := range 40 {
			s := a
			if i%2 == 1 {
				s = b
			}
			wg.Go(func() {
				switch err := s.Reserve(t.Context(), "ana", limits); {
				case err == nil:
					given.Add(1)
				case askwire.CodeOf(err) != askwire.QuotaExceeded:
					errs <- errors.Join(err, errors.Unwrap(err))
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		// Between two readings of the server's count a proxy trusts its own, up to nine tenths of the limit; the last
		// tenth is counted on the server. Two proxies may therefore exceed it by what one of them gave out in between.
		if n := given.Load(); n < 20 || n > 36 {
			t.Errorf("%d questions of 20 were given out", n)
		}
		shut(t, a)
		shut(t, b)
		if n := count(t, e.Open(t, schema), "SELECT questions FROM quota"); n != int(given.Load()) {
			t.Errorf("%d questions are counted, %d were given out", n, given.Load())
		}
	})
}

// TestQuotaOneProxy asks from many sessions of one proxy: its limit is exact.
func TestQuotaOneProxy(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	s := start(t, options(t, e.DSN, e.NewDatabase(t)))
	ready(t, s)
	var given atomic.Int64
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			if s.Reserve(t.Context(), "ana", askwire.Limits{QuestionsPerDay: 100}) == nil {
				given.Add(1)
			}
		})
	}
	wg.Wait()
	if given.Load() != 100 {
		t.Errorf("%d questions of 100 were given out", given.Load())
	}
}

func TestQuotaServerDown(t *testing.T) {
	for audit, want := range map[string]askwire.Code{Required: askwire.BackendUnavailable, BestEffort: askwire.QuotaExceeded} {
		t.Run(audit, func(t *testing.T) {
			gate := enginetest.NewGate(t, "127.0.0.1:1")
			o := options(t, "root@tcp("+gate.Addr+")/", "askwire")
			o.Audit = audit
			s := start(t, o)
			var err error
			for range 3 {
				err = s.Reserve(t.Context(), "ana", askwire.Limits{QuestionsPerDay: 2})
			}
			if askwire.CodeOf(err) != want {
				t.Errorf("the third of two questions: %v", err)
			}
		})
	}
}

// What is being written counts meanwhile, and once: another question that is far from its limit asks no server.
func TestQuotaCountsWhatIsBeingWritten(t *testing.T) {
	q := newQuota(time.Now)
	q.turn()
	u := q.of("ana")
	u.server, u.pending = askwire.Usage{Questions: 1, Tokens: 10}, askwire.Usage{Questions: 88, Tokens: 5}
	waiting := u.take()
	if waiting != (askwire.Usage{Questions: 88, Tokens: 5}) || u.server != (askwire.Usage{Questions: 89, Tokens: 15}) || u.pending != (askwire.Usage{}) {
		t.Errorf("taken %+v: server %+v, pending %+v", waiting, u.server, u.pending)
	}
	q.giveBack([]*useRow{{Day: q.day, User: "ana", Questions: waiting.Questions, Tokens: waiting.Tokens}})
	if u.server != (askwire.Usage{Questions: 1, Tokens: 10}) || u.pending != waiting {
		t.Errorf("given back: server %+v, pending %+v", u.server, u.pending)
	}
}
