package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// Two thousand sessions share sixty-four connections to the backend: all are served, with their own answers, and the server
// sees no more connections than the pool may have.
func TestManySessionsFewConnections(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e, func(p *askwire.Profile, _ *askwire.User) { p.Limits.Time.Duration = 10 * time.Minute }) // the wait for a connection counts
		const sessions, statements, pool = 2000, 3, 64
		p, err := wire.NewPool(wire.PoolConfig{Backend: wire.BackendConfig{Name: "main", Addresses: []wire.Address{{Network: "tcp", Addr: e.Addr}},
			User: "root"}, Size: pool, Init: guard.ControlInit(e.Family)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		h.dir.change(func() { h.dir.pool = p })
		h.srv.Set(Settings{MaxSessions: sessions + 10, MaxSessionsPerUser: sessions + 10, MaxSessionsPerAddress: sessions + 10, MaxLoggingIn: sessions})
		clients := make([]*rawClient, sessions)
		var wg sync.WaitGroup
		slots := make(chan struct{}, 32) // logins at a time
		for i := range clients {
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				c, err := h.login()
				if err != nil {
					t.Errorf("session %d: %v", i, err)
					return
				}
				clients[i] = c
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		if n := h.srv.Stats().Sessions.Load(); n != sessions {
			t.Errorf("%d sessions", n)
		}
		begin := time.Now()
		for i, c := range clients {
			wg.Go(func() {
				defer c.c.Close()
				for j := range statements {
					want := strconv.Itoa(i*statements + j)
					got, err := c.value(fmt.Sprintf("SELECT %s + COUNT(*) - COUNT(*) AS n FROM orders", want))
					if err != nil || got != want {
						t.Errorf("session %d: got %q, want %s: %v", i, got, want, err)
						return
					}
				}
			})
		}
		wg.Wait()
		st := p.Stats()
		if st.Open > pool {
			t.Errorf("%d connections to the backend, at most %d are allowed", st.Open, pool)
		}
		t.Logf("%d sessions, %d statements in %s over %d connections", sessions, sessions*statements, time.Since(begin).Round(time.Millisecond), st.Open)
	})
}

// login logs a client in with go-sql-driver and takes its connection over.
func (h *house) login() (*rawClient, error) {
	cfg := h.config("ana", nil)
	var nc net.Conn
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var err error
		nc, err = (&net.Dialer{}).DialContext(ctx, network, addr)
		return nc, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	if _, err = connector.Connect(context.Background()); err != nil {
		return nil, err
	}
	c := wire.NewConn(nc)
	c.SetCapabilities(wire.CLIENT_PROTOCOL_41)
	return &rawClient{c}, nil
}

// value is the one value of a statement's one row.
func (r *rawClient) value(q string) (string, error) {
	r.c.ResetSequence()
	err := errors.Join(r.c.WritePacket(append([]byte{byte(wire.COM_QUERY)}, q...)), r.c.Flush())
	var value string
	for n := 0; err == nil; n++ {
		var p []byte
		switch p, err = r.c.ReadPacket(1 << 20); {
		case err != nil:
		case p[0] == 0xff:
			err = fmt.Errorf("%q", p)
		case p[0] == 0xfe:
			return value, nil
		case n == 2: // after the number of columns and one definition
			value = string(p[1:])
		}
	}
	return value, err
}
