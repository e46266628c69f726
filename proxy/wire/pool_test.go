package wire

import (
	"context"
	"errors"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// answerOK is a backend for which everything is fine.
func answerOK(c *Conn, cmd Command, _ string) error {
	if cmd == COM_QUIT {
		return errHangUp
	}
	return c.WriteOK(OK{})
}

func newPool(t *testing.T, cfg PoolConfig) *Pool {
	t.Helper()
	p, err := NewPool(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func get(t *testing.T, p *Pool) *Backend {
	t.Helper()
	b, err := p.Get(t.Context())
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	return b
}

func TestPoolBound(t *testing.T) {
	s := newScripted(t, answerOK)
	p := newPool(t, PoolConfig{Backend: s.config(), Size: 2, Init: []guard.Statement{admitted("SET a"), admitted("SET b")}})
	a, b := get(t, p), get(t, p)
	if a.ThreadID() == b.ThreadID() || a.ServerVersion() != "10.11.14-MariaDB" {
		t.Errorf("threads %d and %d, version %q", a.ThreadID(), b.ThreadID(), a.ServerVersion())
	}
	for _, tc := range []struct {
		cause error
		want  askwire.Code
	}{
		{context.DeadlineExceeded, askwire.BackendUnavailable}, // all are in use
		{nil, askwire.Interrupted},
		{askwire.Errorf(askwire.ShuttingDown, "Bye."), askwire.ShuttingDown},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(tc.cause)
		if _, err := p.Get(ctx); askwire.CodeOf(err) != tc.want {
			t.Errorf("beyond the bound, %v: %v", tc.cause, err)
		}
	}
	if st := p.Stats(); st != (PoolStats{Open: 2, Size: 2}) {
		t.Errorf("%+v", st)
	}
	// Those who wait are served in their order, with the connection that comes back.
	got := make(chan *Backend, 1)
	go func() {
		b, _ := p.Get(context.Background())
		got <- b
	}()
	for p.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	p.Put(a)
	if c := <-got; c != a {
		t.Error("the waiter got another connection")
	}
	// A broken connection makes room for a new one.
	go func() {
		b, _ := p.Get(context.Background())
		got <- b
	}()
	for p.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	b.Interrupt()
	p.Put(b)
	c := <-got
	if c == nil || c == b || c.ThreadID() != 3 {
		t.Errorf("the waiter got %v", c)
	}
	p.Put(a)
	p.Put(c)
	if st := p.Stats(); st != (PoolStats{Open: 2, Idle: 2, Size: 2}) {
		t.Errorf("%+v", st)
	}
	var queries []string
	for _, q := range s.queries() {
		if strings.Contains(q, "COM_QUERY") {
			queries = append(queries, q)
		}
	}
	if want := []string{"1 COM_QUERY SET a", "1 COM_QUERY SET b", "2 COM_QUERY SET a", "2 COM_QUERY SET b", "3 COM_QUERY SET a",
		"3 COM_QUERY SET b"}; !reflect.DeepEqual(queries, want) {
		t.Errorf("the backend saw %q", queries)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Get(t.Context()); askwire.CodeOf(err) != askwire.ShuttingDown {
		t.Errorf("after Close: %v", err)
	}
}

func TestPoolConcurrent(t *testing.T) {
	s := newScripted(t, answerOK)
	p := newPool(t, PoolConfig{Backend: s.config(), Size: 3})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				b, err := p.Get(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := b.Exec(context.Background(), admitted("q")); err != nil {
					t.Error(err)
				}
				p.Put(b)
			}
		})
	}
	wg.Wait()
	if st := p.Stats(); st.Open > 3 || st.Idle != st.Open || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}

type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A connection is checked only when it has been idle for a while; a dead one is replaced without the caller's noticing.
func TestPoolChecksOldConnections(t *testing.T) {
	s := newScripted(t, answerOK)
	clock := &fakeClock{now: time.Unix(1e9, 0)}
	p := newPool(t, PoolConfig{Backend: s.config(), Now: clock.Now, CheckAge: time.Minute})
	b := get(t, p)
	p.Put(b)
	clock.advance(59 * time.Second)
	p.Put(get(t, p))
	if len(s.queries()) != 0 {
		t.Errorf("a fresh connection was checked: %q", s.queries())
	}
	clock.advance(2 * time.Minute)
	if again := get(t, p); again != b {
		t.Error("a healthy connection was replaced")
	}
	if got := s.queries(); !reflect.DeepEqual(got, []string{"1 COM_PING "}) {
		t.Errorf("%q", got)
	}
	p.Put(b)
	s.hangUp(b)
	clock.advance(2 * time.Minute)
	if again := get(t, p); again == b || again.ThreadID() != 2 {
		t.Error("the dead connection was lent")
	} else {
		p.Put(again)
	}
	if st := p.Stats(); st.Open != 1 {
		t.Errorf("%+v", st)
	}
}

// A connection that the server has ended while it was idle is not lent: nothing is sent on it. A statement that was sent, and
// whose connection is lost then, is not one that may be sent again.
func TestPoolLendsNoDeadConnection(t *testing.T) {
	s := newScripted(t, answerOK)
	p := newPool(t, PoolConfig{Backend: s.config()})
	for _, polled := range []bool{false, true} {
		b := get(t, p)
		if polled {
			b.c.Poll()
		}
		p.Put(b)
		s.hangUp(b)
		for end := time.Now().Add(time.Minute); !b.c.hungUp() && time.Now().Before(end); runtime.Gosched() {
		}
		again := get(t, p)
		if again == b {
			t.Errorf("polled %v: the dead connection was lent", polled)
		}
		if _, err := again.Exec(t.Context(), admitted("q")); err != nil || again.Unsent() {
			t.Errorf("polled %v: %v", polled, err)
		}
		s.hangUp(again)
		if _, err := again.Exec(t.Context(), admitted("lost")); err == nil {
			t.Error("a lost connection answers")
		}
		if _, err := again.Exec(t.Context(), admitted("never sent")); err == nil || !again.Unsent() {
			t.Errorf("a broken connection has sent something: %v", err)
		}
		p.Put(again)
	}
}

func TestPoolFailOver(t *testing.T) {
	s := newScripted(t, answerOK)
	cfg := s.config()
	good := cfg.Addresses[0]
	cfg.Addresses = []Address{{"unix", t.TempDir() + "/nobody"}, good} // a port that is free may be taken in a moment
	clock := &fakeClock{now: time.Unix(1e9, 0)}
	p := newPool(t, PoolConfig{Backend: cfg, Now: clock.Now})
	b := get(t, p)
	if b.Address() != good {
		t.Errorf("connected to %s", b.Address())
	}
	if !p.isBad(0) || p.isBad(1) {
		t.Error("the dead address is not marked")
	}
	clock.advance(firstBackOff + time.Millisecond)
	if p.isBad(0) {
		t.Error("the back-off does not end")
	}
	if c := get(t, p); c.Address() != good {
		t.Errorf("connected to %s", c.Address())
	}
	clock.advance(firstBackOff + time.Millisecond)
	if !p.isBad(0) {
		t.Error("the back-off does not grow")
	}
	// With nothing left alive the error is clear, and a bad address is still tried.
	s.close()
	_, err := p.Get(t.Context())
	if askwire.CodeOf(err) != askwire.BackendUnavailable || err.Error() != `The backend "main" cannot be reached. Try again later, or tell the operator.` {
		t.Errorf("%v", err)
	}
	if st := p.Stats(); st.Open != 2 {
		t.Errorf("%+v", st)
	}
}

// A backend that greets with garbage, refuses the account or hangs gives an error, never a panic.
func TestDialBadBackends(t *testing.T) {
	for _, tc := range []struct {
		name     string
		greeting string
	}{
		{"Empty", ""},
		{"EmptyPacket", "\x00\x00\x00\x00"},
		{"Truncated", "\x03\x00\x00\x00\x0a8."},
		{"NotMySQL", "SSH-2.0-OpenSSH_9.2\r\n"},
		{"ERR", "\x17\x00\x00\x00\xff\x10\x04Too many connections"},
		{"NoNul", "\x08\x00\x00\x00\x0a8.0.3600"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				nc, err := ln.Accept()
				if err == nil {
					_, _ = nc.Write([]byte(tc.greeting))
					nc.Close()
				}
			}()
			cfg := BackendConfig{Name: "main", User: "x", DialTimeout: 5 * time.Second}
			b, err := dialBackend(t.Context(), &cfg, Address{"tcp", ln.Addr().String()})
			if b != nil || askwire.CodeOf(err) != askwire.BackendUnavailable {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
	t.Run("WrongPassword", func(t *testing.T) {
		s := newScripted(t, answerOK)
		cfg := s.config()
		cfg.Password = askwire.NewSecret("falsch")
		_, err := dialBackend(t.Context(), &cfg, cfg.Addresses[0])
		if n, _, message := ErrorNumber(err, false); n != 50309 || strings.Contains(message, "svc") {
			t.Errorf("%d %s", n, message)
		}
		if cause := errors.Unwrap(err); cause == nil || !strings.Contains(cause.Error(), "1045") {
			t.Errorf("the log does not get the cause: %v", cause)
		}
	})
	t.Run("Hangs", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		cfg := BackendConfig{Name: "main", User: "x", DialTimeout: 50 * time.Millisecond}
		if _, err := dialBackend(t.Context(), &cfg, Address{"tcp", ln.Addr().String()}); askwire.CodeOf(err) != askwire.BackendUnavailable {
			t.Errorf("%v", err)
		}
	})
}

func TestBackendTLS(t *testing.T) {
	s := newScriptedWith(t, HandshakeConfig{Version: "8.0.40", TLS: selfSigned(t), RequireTLS: true}, credential(t, true, false), answerOK)
	cfg := s.config()
	if _, err := dialBackend(t.Context(), &cfg, cfg.Addresses[0]); err == nil {
		t.Error("logged in without TLS")
	}
	cfg.TLS = selfSigned(t) // knows no authority that signed the server's certificate
	if _, err := dialBackend(t.Context(), &cfg, cfg.Addresses[0]); err == nil {
		t.Error("an unknown certificate was accepted")
	}
	cfg.TLS = s.h.cfg.TLS.Clone()
	cfg.TLS.RootCAs = poolOf(t, cfg.TLS)
	b, err := dialBackend(t.Context(), &cfg, cfg.Addresses[0])
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	defer b.Close()
	if _, err := b.Exec(t.Context(), admitted("q")); err != nil {
		t.Error(err)
	}
}

// The proxy logs in with caching_sha2_password without TLS: the password crosses under the server's RSA key.
func TestBackendSHA2WithoutTLS(t *testing.T) {
	s := newScriptedWith(t, HandshakeConfig{Version: "8.4.0"}, credential(t, true, false), answerOK)
	for range 2 { // the full exchange, then the fast one
		if err := s.dial(t).Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
