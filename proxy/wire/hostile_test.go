package wire

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// A backend that answers with a request for a local file, with garbage, out of order or without end gets nothing from
// this side but a closed connection: whatever asked, the connection is not used again.
func TestHostileBackend(t *testing.T) {
	prepared := func(c *Conn, columns int) error {
		_ = c.WritePrepareOK(7, nil, make([]Column, columns), 0)
		return nil
	}
	infile := func(c *Conn) error { return c.WritePacket([]byte("\xfb/etc/passwd")) }
	answers := map[string]func(c *Conn) error{
		"LocalInfile":   infile,
		"Garbage":       func(c *Conn) error { return c.WritePacket([]byte{0xfd, 1}) },
		"Empty":         func(c *Conn) error { return c.WritePacket(nil) },
		"WrongSequence": func(c *Conn) error { c.seq += 7; return c.WriteOK(OK{}) },
		"TruncatedOK":   func(c *Conn) error { return c.WritePacket([]byte{0, 0xfe, 1}) },
		"NoDefinitions": func(c *Conn) error { return errors.Join(c.WritePacket([]byte{2}), infile(c)) },
		"HugeCount": func(c *Conn) error {
			return c.WritePacket([]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
		},
		"HangsUp":      func(c *Conn) error { return errHangUp },
		"InfileInRows": func(c *Conn) error { columns(c, 2); return errors.Join(infile(c), errHangUp) },
		"EndlessLengths": func(c *Conn) error {
			columns(c, 1)
			return c.WritePacket([]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		},
	}
	ask := map[string]func(t *testing.T, b *Backend) error{
		"Exec": func(t *testing.T, b *Backend) error { _, err := b.Exec(t.Context(), admitted("q")); return err },
		"Collect": func(t *testing.T, b *Backend) error {
			if err := b.Query(admitted("q")); err != nil {
				t.Fatal(err)
			}
			_, _, err := b.Collect(t.Context(), 10, 1000)
			return err
		},
		"Prepare": func(t *testing.T, b *Backend) error { _, err := b.Prepare(t.Context(), admitted("q")); return err },
		"Ping":    func(t *testing.T, b *Backend) error { return b.Ping(t.Context()) },
		"Fetch": func(t *testing.T, b *Backend) error {
			p, err := b.PrepareCursor(t.Context(), admitted("honest"))
			if err != nil {
				t.Fatal(err)
			}
			proxy, _ := pair(t, 0)
			_, err = b.Relay(t.Context(), proxy, RelayOptions{Binary: true, Rest: &Rest{prep: p}, Rows: 10})
			return err
		},
	}
	// No fault where it stands: rows that are passed on or thrown away are not looked into, nor is an OK that only has to be one.
	fine := map[string]bool{"Exec InfileInRows": true, "Fetch InfileInRows": true, "Exec EndlessLengths": true, "Fetch EndlessLengths": true, "Ping TruncatedOK": true}
	for name, answer := range answers {
		s := newScripted(t, func(c *Conn, cmd Command, q string) error {
			if q == "honest" {
				return prepared(c, 1)
			}
			return errors.Join(answer(c), c.Flush(), errHangUp) // one that promises more would never end by itself
		})
		for way, do := range ask {
			t.Run(name+way, func(t *testing.T) {
				b := s.dial(t)
				err := do(t, b)
				if fine[way+" "+name] {
					return
				}
				if err == nil && b.Usable() {
					t.Fatalf("%s took it for an answer", way)
				}
				if b.Usable() {
					t.Errorf("the connection is still used: %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "passwd") {
					t.Errorf("the backend's words reach the client: %v", err)
				}
			})
		}
	}
}

// A server that asks for the password in the clear, over a connection without TLS, does not get it.
func TestPasswordIsNotSentInTheClear(t *testing.T) {
	for name, plugin := range map[string]string{"Greeting": "mysql_clear_password", "Switch": NativePassword} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			heard := make(chan string, 1)
			go func() {
				nc, err := ln.Accept()
				if err != nil {
					return
				}
				defer nc.Close()
				c := NewConn(nc)
				var all string
				defer func() { heard <- all }()
				g := append([]byte{10}, "8.0.36\x00\x01\x00\x00\x0012345678\x00\xff\xff\x21\x02\x00\xff\xdf\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00123456789012\x00"...)
				g[1+7+4+9+1] &^= byte(CLIENT_SSL >> 8) // no TLS
				for _, p := range [][]byte{append(g, plugin+"\x00"...), []byte("\xfemysql_clear_password\x0012345678901234567890\x00")} {
					if c.WritePacket(p) != nil || c.Flush() != nil {
						return
					}
					b, err := c.ReadPacket(1 << 16)
					if err != nil {
						return
					}
					all += string(b)
				}
			}()
			cfg := BackendConfig{Name: "main", User: "svc", Password: askwire.NewSecret("geheim"), DialTimeout: 5 * time.Second}
			_, err = dialBackend(t.Context(), &cfg, Address{"tcp", ln.Addr().String()})
			if askwire.CodeOf(err) != askwire.BackendUnavailable || !strings.Contains(errors.Unwrap(err).Error(), "in the clear") {
				t.Errorf("got %v: %v", err, errors.Unwrap(err))
			}
			if got := <-heard; strings.Contains(got, "geheim") {
				t.Errorf("the server was told %q", got)
			}
		})
	}
}
