package proxy

import (
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// The protocol counts parameters in 2 bytes. The guard's limit on text is below that: more are an error that says so, thousands
// work, and so does the statement after it.
func TestManyParameters(t *testing.T) {
	h := open(t)
	raw := h.raw()
	in := func(n int) []byte {
		return []byte("SELECT COUNT(*) AS n FROM orders WHERE id IN (" + strings.TrimSuffix(strings.Repeat("?,", n), ",") + ")")
	}
	for _, n := range []int{100_000, wire.MaxParams + 1} {
		raw.command(t, wire.COM_STMT_PREPARE, in(n))
		p := raw.read(t)
		if p[0] != 0xff || binary.LittleEndian.Uint16(p[1:]) != 50305 || !strings.Contains(string(p), "at most 65536 are read") {
			t.Errorf("%d parameters: %.200q", n, p)
		}
	}
	const n = 10_000
	raw.command(t, wire.COM_STMT_PREPARE, in(n))
	p := raw.read(t)
	if p[0] != 0 || binary.LittleEndian.Uint16(p[7:]) != n {
		t.Fatalf("%d parameters: %.200q", n, p)
	}
	id := append([]byte(nil), p[1:5]...)
	for range n + 1 {
		raw.read(t)
	}
	e := append(id, 0, 1, 0, 0, 0)
	e = append(e, make([]byte, (n+7)/8)...)
	e = append(e, 1)
	for range n {
		e = append(e, byte(wire.MYSQL_TYPE_LONG), 0)
	}
	for i := range n {
		e = binary.LittleEndian.AppendUint32(e, uint32(i))
	}
	raw.command(t, wire.COM_STMT_EXECUTE, e)
	if p := raw.read(t); p[0] != 1 {
		t.Fatalf("execute: %.200q", p)
	}
	raw.read(t)
	rows, _, message := raw.rows(t)
	if len(rows) != 1 || rows[0][2] != 4 || message != "" {
		t.Errorf("execute: %q %s", rows, message)
	}
	raw.command(t, wire.COM_STMT_EXECUTE, e[:len(e)-1]) // a value is missing
	if p := raw.read(t); p[0] != 0xff || !strings.Contains(string(p), "malformed COM_STMT_EXECUTE") {
		t.Errorf("a truncated execute: %.200q", p)
	}
	raw.query(t, "SELECT id FROM orders")
}

// A statement of 64 MB is refused by its number, and is not held in memory to that end.
func TestHugeStatement(t *testing.T) {
	h := open(t)
	raw := h.raw()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	chunk := make([]byte, 1<<20)
	for i := range chunk {
		chunk[i] = ' '
	}
	nc := raw.c.NetConn()
	sent := make(chan error, 1)
	go func() {
		var err error
		for left, seq := 64<<20, byte(0); left > 0 && err == nil; seq++ {
			n := min(left, 1<<24-1)
			left -= n
			_, err = nc.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), seq})
			if seq == 0 {
				_, err = nc.Write([]byte{byte(wire.COM_QUERY)})
				n--
			}
			for ; n > 0 && err == nil; n -= min(n, len(chunk)) {
				_, err = nc.Write(chunk[:min(n, len(chunk))])
			}
		}
		sent <- err
	}()
	head := make([]byte, 7)
	if _, err := io.ReadFull(nc, head); err != nil || head[4] != 0xff || binary.LittleEndian.Uint16(head[5:]) != 1153 {
		t.Errorf("got %q, %v", head, err)
	}
	if err := <-sent; err != nil { // read and thrown away, so that the answer arrives
		t.Error(err)
	}
	nc.Close()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 128<<20 {
		t.Errorf("%d MiB were allocated", n>>20)
	}
	if n := int64(after.HeapSys) - int64(before.HeapSys); n > 96<<20 {
		t.Errorf("the heap grew by %d MiB", n>>20)
	}
	until(t, "the session to end", func() bool { return h.srv.Stats().Sessions.Load() == 0 })
	table(t, h.conn(), "SELECT COUNT(*) FROM orders")
}

// A client that stops reading in the middle of a result is given up after the write timeout, and what the backend runs for it
// is ended.
func TestClientStopsReading(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.Limits.Rows, p.Limits.Bytes = 1<<40, 1<<40 })
	h.srv.Set(Settings{WriteTimeout: 200 * time.Millisecond})
	for name, command := range map[string]wire.Command{"text": wire.COM_QUERY, "binary": wire.COM_STMT_EXECUTE} {
		raw := h.raw()
		const q = "SELECT a.*, b.*, n.* FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders n"
		if command == wire.COM_QUERY {
			raw.command(t, command, []byte(q))
		} else {
			raw.command(t, command, append(raw.prepare(t, q), 0, 1, 0, 0, 0))
		}
		raw.read(t) // the answer has begun
		until(t, name+": the session to end", func() bool { return h.srv.Stats().Sessions.Load() == 0 })
		until(t, name+": the backend to stop", func() bool { return h.running() == 0 && h.lent() == 0 })
	}
	table(t, h.conn(), "SELECT COUNT(*) FROM orders")
}
