package askwire

import (
	"io"
	"net"
	"strings"
	"testing"
)

// farConn is a connection whose peer is elsewhere.
type farConn struct{ net.Conn }

func (farConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 3306} }

func TestWaryConn(t *testing.T) {
	const key = "-----BEGIN PUBLIC KEY-----\nMIIB"
	command := []byte{5, 0, 0, 0, 3, 'S', 'E', 'L', 'E'}
	response := []byte{5, 0, 0, 1, 0x85, 'a', 'b', 'c', 'd'}
	for name, tt := range map[string]struct {
		far     bool
		written []byte
		said    string
		want    string
	}{
		"ClearPassword":    {false, response, "\xfemysql_clear_password\x00", "in the clear"},
		"KeyOfAStranger":   {true, response, "\x01" + key, "use TLS"},
		"KeyOnThisMachine": {false, response, "\x01" + key, ""},
		"RowWithAKey":      {true, command, "\x20" + key, ""},
		"RowWithTheName":   {true, command, "\x15mysql_clear_password", ""},
		"OK":               {true, response, "\x00\x00\x00\x02\x00\x00\x00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				_, _ = io.ReadFull(c, make([]byte, len(tt.written)))
				for i := range tt.said { // byte by byte: the words are found across reads
					if _, err := c.Write([]byte{tt.said[i]}); err != nil {
						return
					}
				}
			}()
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if tt.far {
				c = farConn{c}
			}
			w := NewWaryConn(c)
			defer w.Close()
			if _, err := w.Write(tt.written); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(w)
			switch {
			case tt.want == "" && (err != nil || string(got) != tt.said):
				t.Errorf("got %q, %v", got, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %q, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}
