package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"testing"
)

// manyRows is an answer of n text rows with 7 columns, 57 bytes each or so, as a server writes it.
func manyRows(n int) []byte {
	var out bytes.Buffer
	c := NewConn(&replay{})
	c.caps, c.seq = CLIENT_PROTOCOL_41, 1
	columns(c, 7)
	for i := range n {
		id := strconv.Itoa(i)
		_ = row(c, id, "customer "+id, "2026-11-22 01:02:03", "paid", "12345.67", "3", "")
		if len(c.w) > flushAt-200 {
			out.Write(c.w)
			c.w = c.w[:0]
		}
	}
	_ = c.writePlainEOF(SERVER_STATUS_AUTOCOMMIT, 0)
	out.Write(c.w)
	return out.Bytes()
}

// stream is a backend that answers every query with the same bytes.
func stream(t testing.TB, answer []byte) *scripted {
	return newScripted(t, func(c *Conn, cmd Command, _ string) error {
		if cmd == COM_QUIT {
			return errHangUp
		}
		_, err := c.nc.Write(answer)
		return err
	})
}

// BenchmarkRelay passes 1 M rows of 7 columns on; Direct is the same client without a proxy.
func BenchmarkRelay(b *testing.B) {
	answer := manyRows(1_000_000)
	s := stream(b, answer)
	b.Run("Direct", func(b *testing.B) {
		be := s.dial(b)
		buf := make([]byte, 64<<10)
		b.SetBytes(int64(len(answer)))
		for b.Loop() {
			be.busy = false
			if err := be.Query(admitted("q")); err != nil {
				b.Fatal(err)
			}
			for left := len(answer); left > 0; {
				n, err := be.c.nc.Read(buf)
				if err != nil {
					b.Fatal(err)
				}
				left -= n
			}
		}
	})
	text := "요약"
	for _, bc := range []struct {
		name string
		opt  RelayOptions
	}{
		{"Plain", RelayOptions{}},
		{"Appended", RelayOptions{Append: &Append{Name: "summary", Text: func() *string { return &text }}}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			be := s.dial(b)
			proxy, client := pair(b, CLIENT_DEPRECATE_EOF)
			go func() { _, _ = io.Copy(io.Discard, client.nc) }()
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				if err := be.Query(admitted("q")); err != nil {
					b.Fatal(err)
				}
				res, err := be.Relay(context.Background(), proxy, bc.opt)
				if err != nil || res.Rows != 1_000_000 {
					b.Fatal(res, err)
				}
				if err := proxy.Flush(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPointSelect is one row of 7 columns, there and back through a pool; Direct is the same without the relay.
func BenchmarkPointSelect(b *testing.B) {
	answer := manyRows(1)
	s := stream(b, answer)
	b.Run("Direct", func(b *testing.B) {
		be := s.dial(b)
		buf := make([]byte, 64<<10)
		for b.Loop() {
			be.busy = false
			if err := be.Query(admitted("SELECT * FROM t WHERE id = 1")); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(be.c.nc, buf[:len(answer)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Relay", func(b *testing.B) {
		pool, err := NewPool(PoolConfig{Backend: s.config()})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { pool.Close() })
		proxy, client := pair(b, 0)
		done := make(chan error, 1)
		go func() {
			for {
				cmd, _, err := proxy.ReadCommand(1 << 20)
				if err != nil || cmd != COM_QUERY {
					done <- err
					return
				}
				be, err := pool.Get(context.Background())
				if err == nil {
					err = be.Query(admitted("SELECT * FROM t WHERE id = 1"))
				}
				if err == nil {
					_, err = be.Relay(context.Background(), proxy, RelayOptions{})
				}
				if err == nil {
					err = proxy.Flush()
				}
				if err != nil {
					done <- err
					return
				}
				pool.Put(be)
			}
		}()
		query := append([]byte{29, 0, 0, 0, byte(COM_QUERY)}, "SELECT * FROM t WHERE id = 1"...)
		buf := make([]byte, len(answer))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.nc.Write(query); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(client.nc, buf); err != nil {
				b.Fatal(err)
			}
		}
		client.Close()
		if err := <-done; !Disconnected(err) {
			b.Error(err)
		}
	})
}

// A relay allocates per answer, never per row.
func TestRelayAllocations(t *testing.T) {
	const rows = 20000
	s := stream(t, manyRows(rows))
	text := "t"
	for name, opt := range map[string]RelayOptions{
		"Plain":    {},
		"Appended": {Append: &Append{Name: "summary", Rows: 1, Text: func() *string { return &text }}},
		"Last":     {Append: &Append{Name: "summary", Rows: 1, Place: LastRow, Text: func() *string { return &text }}},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.dial(t)
			proxy, client := pair(t, 0)
			go func() { _, _ = io.Copy(io.Discard, client.nc) }()
			one := func() {
				if err := b.Query(admitted("q")); err != nil {
					t.Fatal(err)
				}
				res, err := b.Relay(context.Background(), proxy, opt)
				if err != nil || res.Rows != rows {
					t.Fatal(res, err)
				}
				if err := proxy.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if got := testing.AllocsPerRun(5, one); got > 150 {
				t.Errorf("%v allocations for %d rows", got, rows)
			}
		})
	}
}

// A small answer costs one read from the backend, one write to it, and one write to the client.
func TestPointSelectSystemCalls(t *testing.T) {
	s := stream(t, manyRows(1))
	b := s.dial(t)
	back := &counting{Conn: b.c.nc}
	b.c.nc = back
	proxy, client := pair(t, CLIENT_DEPRECATE_EOF)
	front := &counting{Conn: proxy.nc}
	proxy.nc = front
	go func() { _, _ = io.Copy(io.Discard, client.nc) }()
	for range 10 {
		proxy.seq = 1
		if err := b.Query(admitted("q")); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Relay(t.Context(), proxy, RelayOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := proxy.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if back.reads != 10 || back.writes != 10 || front.writes != 10 || front.reads != 0 {
		t.Errorf("10 queries: backend %d reads, %d writes; client %d reads, %d writes", back.reads, back.writes, front.reads, front.writes)
	}
}

type counting struct {
	net.Conn
	reads, writes int
}

func (c *counting) Read(b []byte) (int, error)  { c.reads++; return c.Conn.Read(b) }
func (c *counting) Write(b []byte) (int, error) { c.writes++; return c.Conn.Write(b) }

// An idle session is small: its connection with the read buffer, and the goroutine that waits in ReadCommand.
func TestIdleSessionMemory(t *testing.T) {
	const sessions = 500
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var heads [sessions]net.Conn
	before := memory()
	served := make(chan struct{}, sessions)
	ended := make(chan struct{}, sessions)
	go func() {
		for range sessions {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { ended <- struct{}{} }()
				c := NewConn(nc)
				defer c.Close()
				for {
					if _, _, err := c.ReadCommand(1 << 20); err != nil {
						return
					}
					if c.WriteOK(OK{}) != nil || c.Flush() != nil {
						return
					}
					served <- struct{}{}
				}
			}()
		}
	}()
	// Each session has run a statement of 100 KB: what that took must be gone.
	big := make([]byte, 4+100<<10)
	binary.LittleEndian.PutUint32(big, uint32(len(big)-4))
	big[4] = byte(COM_QUERY)
	for i := range heads {
		if heads[i], err = net.Dial("tcp", ln.Addr().String()); err != nil {
			t.Fatal(err)
		}
		if _, err := heads[i].Write(big); err != nil {
			t.Fatal(err)
		}
		<-served
	}
	per := float64(memory()-before) / sessions
	t.Logf("%s per idle session, client's half of the connection included", fmt.Sprintf("%.1f KB", per/1024))
	if per > 12<<10 {
		t.Errorf("%.0f bytes per idle session", per)
	}
	for i := range heads {
		heads[i].Close()
	}
	for range heads {
		<-ended
	}
}

// Strangers that announce 16 MB and wait cost next to nothing.
func TestStrangersMemory(t *testing.T) {
	const strangers = 64
	s := newMiniServer(t, HandshakeConfig{}, "tcp")
	h := s.h
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var peers [strangers]net.Conn
	ended := make(chan error, strangers)
	before := memory()
	for i := range peers {
		if peers[i], err = net.Dial("tcp", ln.Addr().String()); err != nil {
			t.Fatal(err)
		}
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer nc.Close()
			_, err := h.Accept(context.Background(), NewConn(nc), 1)
			ended <- err
		}()
		c := NewConn(peers[i])
		if _, err := c.ReadPacket(1 << 10); err != nil {
			t.Fatal(err)
		}
		if _, err := peers[i].Write([]byte{0xff, 0x3f, 0, 1}); err != nil { // the most that is let in: 16 KB
			t.Fatal(err)
		}
	}
	total := int64(memory()) - int64(before)
	t.Logf("%d strangers take %d KB", strangers, total>>10)
	if total > 1<<20 {
		t.Errorf("%d strangers take %d bytes", strangers, total)
	}
	for i := range peers {
		peers[i].Close()
	}
	for range peers {
		if err := <-ended; !Disconnected(err) {
			t.Error(err)
		}
	}
}

// memory is heap and stacks in use after a collection.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
