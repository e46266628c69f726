package catalog_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestBackendDiesMidRead cuts the connection in the middle of what a refresh reads, at many places: the old snapshot stays whole,
// and the next refresh that gets through finds what has changed.
func TestBackendDiesMidRead(t *testing.T) {
	s := enginetest.Get(t, "mariadb")
	name := s.NewDatabase(t)
	db := s.Open(t, name)
	for i := range 40 {
		load(t, db, fmt.Sprintf("CREATE TABLE t%02d (id INT PRIMARY KEY COMMENT 'what it is', name VARCHAR(40) COMMENT '%s')", i, strings.Repeat("x", 100)))
	}
	cutter := newCutter(t, s.Addr)
	attempts := make(chan catalog.Status, 1) // Open itself reports the first
	var ends sizes
	c, err := catalog.Open(t.Context(), catalog.Options{
		Name: "main", DSN: "root@tcp(" + cutter.addr + ")/", Schemas: []string{name}, Refresh: time.Millisecond,
		OnRefresh: func(s catalog.Status) {
			ends.add(cutter.passed())
			select {
			case attempts <- s:
			case <-t.Context().Done():
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	waitFor(t, attempts, func(s catalog.Status) bool { return s.Err == nil })
	snap := c.Snapshot()
	waitFor(t, attempts, func(s catalog.Status) bool { return s.Err == nil })
	all := ends.second()
	if len(snap.Tables) != 40 || all < 10_000 {
		t.Fatalf("%d tables, %d bytes", len(snap.Tables), all)
	}
	const places = 12
	for i := range places {
		load(t, db, fmt.Sprintf("ALTER TABLE t00 ADD COLUMN c%d INT", i))
		cutter.after(all * (i + 1) / (places + 1))
		waitFor(t, attempts, func(s catalog.Status) bool { return s.Err != nil })
		if now := c.Snapshot(); len(now.Tables) != 40 || len(now.Tables[0].Columns) < 2+i || len(now.Tables[39].Columns) != 2 {
			t.Errorf("cut at place %d: %d tables, %d columns of the first, %d of the last", i, len(now.Tables), len(now.Tables[0].Columns), len(now.Tables[39].Columns))
		}
		cutter.after(-1)
		waitFor(t, attempts, func(s catalog.Status) bool { return s.Err == nil })
		if now := c.Snapshot(); len(now.Tables) != 40 || len(now.Tables[0].Columns) != 3+i {
			t.Errorf("after place %d: %d tables, %d columns of the first", i, len(now.Tables), len(now.Tables[0].Columns))
		}
	}
}

// sizes are how much had passed at the end of each refresh.
type sizes struct {
	mu  sync.Mutex
	all []int
}

func (s *sizes) add(n int) { s.mu.Lock(); defer s.mu.Unlock(); s.all = append(s.all, n) }

// second is what passed in the second refresh.
func (s *sizes) second() int { s.mu.Lock(); defer s.mu.Unlock(); return s.all[1] - s.all[0] }

// cutter forwards to a server, and drops every connection once so many bytes have come back.
type cutter struct {
	addr string

	mu    sync.Mutex
	count int
	left  int // -1 = for ever
	open  map[net.Conn]bool
}

func newCutter(t *testing.T, target string) *cutter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{addr: l.Addr().String(), left: -1, open: make(map[net.Conn]bool)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				client.Close()
				continue
			}
			c.mu.Lock()
			c.open[client], c.open[server] = true, true
			c.mu.Unlock()
			wg.Go(func() { c.pass(server, client, func(n int) int { return n }) })
			wg.Go(func() { c.pass(client, server, c.take) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		c.drop()
		wg.Wait()
	})
	return c
}

// pass copies until either side ends, or not all may pass.
func (c *cutter) pass(dst, src net.Conn, take func(int) int) {
	defer dst.Close()
	defer src.Close()
	buf := make([]byte, 4<<10)
	for {
		n, err := src.Read(buf)
		may := take(n)
		if _, werr := dst.Write(buf[:may]); err != nil || werr != nil {
			return
		}
		if may < n {
			c.drop()
			return
		}
	}
}

func (c *cutter) take(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left >= 0 {
		n = min(n, c.left)
		c.left -= n
	}
	c.count += n
	return n
}

func (c *cutter) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Close()
	}
	clear(c.open)
}

func (c *cutter) after(n int) { c.mu.Lock(); defer c.mu.Unlock(); c.left = n }
func (c *cutter) passed() int { c.mu.Lock(); defer c.mu.Unlock(); return c.count }
