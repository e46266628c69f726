package wire

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Headers as HAProxy 2.6 (send-proxy-v2, and its check) and AWS's load balancer (with a TLV) send them, and made by hand.
var proxyHeaders = map[string]string{
	"haproxy4":  "0d0a0d0a000d0a515549540a2111000c0a0000010a000002d43110d2",
	"haproxy6":  "0d0a0d0a000d0a515549540a2121002420010db800000000000000000000000120010db8000000000000000000000002d43110d2",
	"local":     "0d0a0d0a000d0a515549540a20000000",
	"aws":       "0d0a0d0a000d0a515549540a211100540a0000010a000002d43110d2" + strings.Repeat("04000100", 18),
	"unix":      "0d0a0d0a000d0a515549540a213100d8" + strings.Repeat("2f", 216),
	"unspec":    "0d0a0d0a000d0a515549540a21000000",
	"mapped":    "0d0a0d0a000d0a515549540a2121002400000000000000000000ffff0a00000100000000000000000000ffff0a000002d43110d2",
	"version1":  hex.EncodeToString([]byte("PROXY TCP4 10.0.0.1 10.0.0.2 54321 4306\r\n")),
	"version3":  "0d0a0d0a000d0a515549540a3111000c0a0000010a000002d43110d2",
	"command2":  "0d0a0d0a000d0a515549540a2211000c0a0000010a000002d43110d2",
	"udp":       "0d0a0d0a000d0a515549540a2112000c0a0000010a000002d43110d2",
	"family4":   "0d0a0d0a000d0a515549540a2141000c0a0000010a000002d43110d2",
	"short4":    "0d0a0d0a000d0a515549540a2111000b0a0000010a000002d43110",
	"short6":    "0d0a0d0a000d0a515549540a212100230000000000000000000000000000000000000000000000000000000000000000000000",
	"truncated": "0d0a0d0a000d0a515549540a2111000c0a000001",
	"huge":      "0d0a0d0a000d0a515549540a2111ffff",
	"nothing":   "",
	"mysql":     "2000000185a2",
}

func proxyHeader(t testing.TB, name string) []byte {
	t.Helper()
	b, err := hex.DecodeString(proxyHeaders[name])
	if err != nil || b == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

func TestProxyHeader(t *testing.T) {
	h, err := NewHandshaker(HandshakeConfig{Version: "8.0"})
	if err != nil {
		t.Fatal(err)
	}
	const none = "127.0.0.1:" // the connection's own
	for name, want := range map[string]string{
		"haproxy4": "10.0.0.1:54321", "haproxy6": "[2001:db8::1]:54321", "local": none, "aws": "10.0.0.1:54321", "unix": none, "unspec": none,
		"mapped":   "10.0.0.1:54321",
		"version1": "has no PROXY protocol header", "mysql": "has no PROXY protocol header", "nothing": "has no PROXY protocol header",
		"truncated": "has no PROXY protocol header",
		"version3":  "its version is 3", "command2": "its command is 2", "udp": "its family is 0x12", "family4": "its family is 0x41",
		"short4": "cut off", "short6": "cut off", "huge": "it has 65535 bytes",
	} {
		t.Run(name, func(t *testing.T) {
			c, client := pair(t, 0)
			c.ResetSequence()
			sent := proxyHeader(t, name)
			if !strings.HasPrefix(want, "has no") {
				sent = append(sent, "\x01\x00\x00\x00\x0e"...) // COM_PING behind it
			}
			if _, err := client.nc.Write(sent); err != nil {
				t.Fatal(err)
			}
			if name == "truncated" || name == "nothing" {
				if err := client.nc.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			err := h.ProxyHeader(context.Background(), c)
			switch {
			case err != nil && !strings.Contains(err.Error(), want):
				t.Errorf("got %v, want %s", err, want)
			case err == nil && !strings.HasPrefix(c.RemoteAddr().String(), want):
				t.Errorf("the client is %s, want %s", c.RemoteAddr(), want)
			case err == nil:
				if cmd, _, err := c.ReadCommand(100); err != nil || cmd != COM_PING {
					t.Errorf("what follows: %v, %v", cmd, err)
				}
				if !c.capped || c.budget >= handshakeBudget {
					t.Errorf("the byte budget is not in force: %d left", c.budget)
				}
			}
			c.Close()
			told, _ := io.ReadAll(client.nc)
			if strings.Contains(string(told), "send-proxy-v2") != (err != nil) {
				t.Errorf("the peer was told %q", told)
			}
		})
	}
}

// A peer that connects and says nothing is told so when its time is over.
func TestProxyHeaderDeadline(t *testing.T) {
	h, err := NewHandshaker(HandshakeConfig{Version: "8.0", Timeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	proxy, client := pair(t, 0)
	proxy.ResetSequence()
	client.ResetSequence()
	if err := h.ProxyHeader(t.Context(), proxy); err == nil {
		t.Fatal("silence was taken for a header")
	}
	p, err := client.ReadPacket(1 << 10)
	if err != nil || p[0] != errHeader || parseERR(p).Number != 1835 {
		t.Errorf("%q, %v", p, err)
	}
}

// Without being listed, a header is no login.
func TestProxyHeaderIsNoHandshake(t *testing.T) {
	s := newMiniServer(t, HandshakeConfig{}, "tcp")
	nc, err := net.Dial("tcp", s.ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Write(proxyHeader(t, "haproxy4")); err != nil {
		t.Fatal(err)
	}
	c := NewConn(nc)
	if _, err := c.ReadPacket(1 << 16); err != nil {
		t.Fatal(err)
	}
	if p, err := c.ReadPacket(1 << 16); err == nil && p[0] != errHeader {
		t.Errorf("got %q", p)
	}
}

func FuzzProxyHeader(f *testing.F) {
	h, err := NewHandshaker(HandshakeConfig{Version: "8.0", Timeout: time.Second})
	if err != nil {
		f.Fatal(err)
	}
	for name := range proxyHeaders {
		f.Add(proxyHeader(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		addr, err := parseProxyHeader(b)
		if err != nil && addr.IsValid() {
			t.Error("an address from a header that cannot be used")
		}
		c := NewConn(&replay{in: bytes.NewReader(b)})
		if h.ProxyHeader(context.Background(), c) != nil {
			return
		}
		if len(b) < proxyHeaderSize || string(b[:12]) != proxySignature || b[12]>>4 != 2 {
			t.Fatalf("%x was taken for a header", b)
		}
		if tcp, ok := c.RemoteAddr().(*net.TCPAddr); ok && !netip.MustParseAddrPort(tcp.String()).IsValid() {
			t.Errorf("the address is %v", tcp)
		}
	})
}
