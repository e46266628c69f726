package proxy

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/proxy/wire"
)

// dialWith connects and says something before the client does.
func dialWith(t *testing.T, addr, first string) *wire.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if _, err := nc.Write([]byte(first)); err != nil {
		t.Fatal(err)
	}
	return wire.NewConn(nc)
}

const (
	proxyHeader4     = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x07\x0a\x00\x00\x02\xd4\x31\x10\xd2" // 203.0.113.7
	proxyHeaderLocal = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
)

// Clients behind a listed balancer have their own address, in all that depends on it.
func TestProxyProtocol(t *testing.T) {
	h := open(t)
	h.srv.Set(Settings{Balancers: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, MaxSessionsPerAddress: 2, AuditPlain: "all"})
	var header atomic.Value
	header.Store(proxyHeader4)
	balanced := h.balancer(&header)
	behind := func() *mysql.MySQLError {
		db := h.client(func(c *mysql.Config) { c.Addr = balanced })
		c, err := db.Conn(t.Context())
		if err != nil {
			return err.(*mysql.MySQLError)
		}
		t.Cleanup(func() { c.Close() })
		if got := table(t, c, "SELECT USER()"); got != "USER()\nana@203.0.113.7" {
			t.Errorf("got %s", got)
		}
		table(t, c, "SELECT COUNT(*) FROM orders")
		if got := h.rec.last(t).ClientAddr; got != "203.0.113.7:54321" {
			t.Errorf("the history says %s", got)
		}
		if list := table(t, c, "SHOW PROCESSLIST"); !strings.Contains(list, "203.0.113.7:54321") {
			t.Errorf("the process list says %s", list)
		}
		return nil
	}
	for range 2 {
		if err := behind(); err != nil {
			t.Fatal(err)
		}
	}
	if err := behind(); err == nil || err.Number != 1040 || !strings.Contains(err.Message, "your address") {
		t.Errorf("a third session from the address: %v", err)
	}
	header.Store(strings.Replace(proxyHeader4, "\x07\x0a", "\x08\x0a", 1))
	db := h.client(func(c *mysql.Config) { c.Addr = balanced })
	if got := table(t, db, "SELECT USER()"); got != "USER()\nana@203.0.113.8" {
		t.Errorf("another client of the balancer: %s", got)
	}
	header.Store(proxyHeaderLocal)
	db = h.client(func(c *mysql.Config) { c.Addr = balanced })
	if got := table(t, db, "SELECT USER()"); got != "USER()\nana@127.0.0.1" {
		t.Errorf("the balancer itself: %s", got)
	}

	// Without the header nobody comes in from there, and is told why.
	c := dialWith(t, h.addr, "x")
	p, err := c.ReadPacket(1 << 10)
	if err != nil || p[0] != 0xff || !strings.Contains(string(p), "proxy_protocol_from") {
		t.Errorf("without a header: %q, %v", p, err)
	}

	// From an address that is not listed the header is no use.
	h.srv.Set(Settings{Balancers: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	header.Store(proxyHeader4)
	if _, err := h.client(func(c *mysql.Config) { c.Addr = balanced }).Conn(t.Context()); err == nil {
		t.Error("a header was believed that was nobody's to send")
	}
	if got := table(t, h.conn(), "SELECT USER()"); got != "USER()\nana@127.0.0.1" {
		t.Errorf("a client of its own: %s", got)
	}
}

// balancer passes connections on to the proxy, with the header first.
func (h *house) balancer(header *atomic.Value) string {
	h.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", h.addr)
			if err != nil {
				in.Close()
				return
			}
			if _, err := out.Write([]byte(header.Load().(string))); err != nil {
				in.Close()
			}
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					defer way[0].Close()
					defer way[1].Close()
					_, _ = way[0].(*net.TCPConn).ReadFrom(way[1])
				}()
			}
		}
	}()
	return l.Addr().String()
}

// Connections that never log in make room for those that do.
func TestTooManyStrangers(t *testing.T) {
	h := open(t)
	h.srv.Set(Settings{MaxLoggingIn: 3})
	known := h.conn() // logged in: not one of them
	strangers := make([]*wire.Conn, 5)
	for i := range strangers {
		strangers[i] = dialWith(t, h.addr, "")
		if p, err := strangers[i].ReadPacket(1 << 10); err != nil || p[0] != 10 {
			t.Fatalf("stranger %d: %q, %v", i, p, err)
		}
	}
	for i := range 2 {
		if p, err := strangers[i].ReadPacket(1 << 10); err == nil && p[0] != 0xff {
			t.Errorf("stranger %d got %q", i, p)
		}
	}
	until(t, "the oldest strangers to be gone", func() bool { return h.srv.Stats().Sessions.Load() == 4 })
	table(t, known, "SELECT COUNT(*) FROM orders")
	table(t, h.conn(), "SELECT COUNT(*) FROM orders")
	until(t, "one more stranger to be gone", func() bool { return h.srv.Stats().Sessions.Load() == 4 })
	for _, c := range strangers {
		c.Close()
	}
	until(t, "all strangers to be gone", func() bool { return h.srv.Stats().Sessions.Load() == 2 })
	h.srv.reg.mu.Lock()
	defer h.srv.reg.mu.Unlock()
	if n := h.srv.reg.strangers.Len(); n != 0 {
		t.Errorf("%d strangers are remembered", n)
	}
}
