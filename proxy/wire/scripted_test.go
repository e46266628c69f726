package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/askwire/askwire"
)

// scripted is a backend that answers as a test says, and keeps a log of what reached it.
type scripted struct {
	ln     net.Listener
	h      *Handshaker
	wg     sync.WaitGroup
	answer func(c *Conn, cmd Command, payload string) error

	mu    sync.Mutex
	log   []string
	conns map[uint32]*Conn // by thread id
	heard chan string      // every command, for tests that wait for one
}

// newScripted starts a backend. An answer that returns an error ends the connection.
func newScripted(t testing.TB, answer func(c *Conn, cmd Command, payload string) error) *scripted {
	t.Helper()
	return newScriptedWith(t, HandshakeConfig{Version: "10.11.14-MariaDB"}, credential(t, false, true), answer)
}

func newScriptedWith(t testing.TB, cfg HandshakeConfig, cred Credential, answer func(c *Conn, cmd Command, payload string) error) *scripted {
	t.Helper()
	h, err := NewHandshaker(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h.SetUsers(map[string]Credential{"svc": cred})
	s := &scripted{h: h, answer: answer, heard: make(chan string, 1000), conns: map[uint32]*Conn{}}
	if s.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.wg.Go(func() {
		for id := uint32(1); ; id++ {
			nc, err := s.ln.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(NewConn(nc), id) })
		}
	})
	t.Cleanup(s.close)
	return s
}

func (s *scripted) close() {
	s.ln.Close()
	s.mu.Lock()
	for _, c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *scripted) serve(c *Conn, id uint32) {
	s.mu.Lock()
	s.conns[id] = c
	s.mu.Unlock()
	defer c.Close()
	if _, err := s.h.Accept(context.Background(), c, id); err != nil {
		return
	}
	if errors.Join(c.WriteOK(OK{}), c.Flush()) != nil {
		return
	}
	for {
		cmd, p, err := c.ReadCommand(1 << 20)
		if err != nil {
			return
		}
		line := fmt.Sprintf("%d %s %s", id, cmd, p)
		s.mu.Lock()
		s.log = append(s.log, line)
		s.mu.Unlock()
		select {
		case s.heard <- line:
		default:
		}
		if err := s.answer(c, cmd, string(p)); err != nil {
			return
		}
		if c.Flush() != nil {
			return
		}
	}
}

// hangUp ends the server's side of b.
func (s *scripted) hangUp(b *Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[uint32(b.ThreadID())].Close()
}

func (s *scripted) queries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log...)
}

// wait returns when the backend has received the line.
func (s *scripted) wait(t testing.TB, line string) {
	t.Helper()
	var heard []string
	for {
		select {
		case got := <-s.heard:
			if got == line {
				return
			}
			heard = append(heard, got)
		case <-t.Context().Done():
			t.Fatalf("%q never came, only %q", line, heard)
		}
	}
}

func (s *scripted) config() BackendConfig {
	return BackendConfig{
		Name: "main", User: "svc", Password: askwire.NewSecret("geheim"),
		Addresses: []Address{{"tcp", s.ln.Addr().String()}},
	}
}

func (s *scripted) dial(t testing.TB) *Backend {
	t.Helper()
	cfg := s.config()
	b, err := dialBackend(t.Context(), &cfg, cfg.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// pair is a connection over loopback: the proxy's side and the client's.
func pair(t testing.TB, caps Capabilities) (proxy, client *Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close(); peer.Close() })
	proxy, client = NewConn(peer), NewConn(nc)
	proxy.SetCapabilities(caps | CLIENT_PROTOCOL_41)
	proxy.ResetSequence()
	proxy.seq = 1
	client.seq = 1
	return proxy, client
}

// reply reads packets until the end of an answer, and describes them.
func reply(c *Conn) (out []string, err error) {
	rows := false
	for {
		p, err := c.ReadPacket(1 << 30)
		if err != nil {
			return out, err
		}
		switch {
		case p[0] == errHeader:
			e := parseERR(p)
			return append(out, fmt.Sprintf("ERR %d %s", e.Number, e.State)), nil
		case isEOF(p) || len(p) < 20 && p[0] == eofHeader:
			ok, _ := parseEOF(p)
			if len(p) > 5 {
				ok, _ = parseOK(p)
			}
			if !rows {
				rows = true
				continue
			}
			return append(out, fmt.Sprintf("EOF status=%#x warnings=%d", uint16(ok.Status), ok.Warnings)), nil
		case p[0] == okHeader && len(out) == 0:
			ok, _ := parseOK(p)
			return append(out, fmt.Sprintf("OK affected=%d id=%d status=%#x warnings=%d", ok.Affected, ok.LastInsertID, uint16(ok.Status), ok.Warnings)), nil
		case !rows:
			if len(p) > 3 && string(p[1:4]) == "def" {
				d, _ := ParseColumn(p)
				out = append(out, "column "+d.Name)
			}
		case len(p) > 100:
			out = append(out, fmt.Sprintf("row of %d bytes", len(p)))
		default:
			out = append(out, fmt.Sprintf("row %q", p))
		}
	}
}

// columns queues a text result's start: n columns c0, c1 …
func columns(c *Conn, n int) {
	defs := make([]Column, n)
	for i := range defs {
		defs[i] = TextColumn(fmt.Sprint("c", i))
	}
	c.NewResult(defs...)
}

// row queues a text row.
func row(c *Conn, values ...string) error {
	var b []byte
	for _, v := range values {
		b = appendLenencString(b, v)
	}
	return c.WritePacket(b)
}
