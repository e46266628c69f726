package askwire

import (
	"bytes"
	"context"
	"errors"
	"net"
	"syscall"
)

// WaryConn is a connection to a server that ends a login in which the server would learn the password: because it asks for it
// in the clear, or offers a key of its own to send it under. What it sees is what is not encrypted: over TLS the server has
// proved who it is, or the operator has said that this does not matter. A server on this machine may offer a key.
//
// It belongs between the socket and whatever logs in. The login is over with the first command, a packet with sequence id 0.
type WaryConn struct {
	net.Conn
	tail  []byte // of what came before
	over  bool
	local bool
}

// NewWaryConn watches a login on c.
func NewWaryConn(c net.Conn) *WaryConn {
	w := &WaryConn{Conn: c, local: true}
	if tcp, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		w.local = tcp.IP.IsLoopback()
	}
	return w
}

// DialWary connects to a server that a login follows on.
func DialWary(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return NewWaryConn(c), nil
}

// What a server says that wants to read the password.
var (
	clearPassword = []byte("mysql_clear_password")
	offeredKey    = []byte("-----BEGIN PUBLIC KEY-----")
)

// Read ends the login with an error where the server says the wrong thing.
func (w *WaryConn) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if w.over {
		return n, err
	}
	w.tail = append(w.tail, b[:n]...)
	switch {
	case bytes.Contains(w.tail, clearPassword):
		return 0, errors.New("the server asks for the password in the clear; use TLS")
	case !w.local && bytes.Contains(w.tail, offeredKey):
		return 0, errors.New("the server offers a key of its own for the password, and nothing proves that it is the right server; use TLS")
	}
	w.tail = append(w.tail[:0], w.tail[max(len(w.tail)-len(offeredKey), 0):]...)
	return n, err
}

// Write passes b on, and sees when the login is over.
func (w *WaryConn) Write(b []byte) (int, error) {
	if !w.over && len(b) > 4 && b[3] == 0 {
		w.over, w.tail = true, nil
	}
	return w.Conn.Write(b)
}

// SyscallConn is that of the connection, for those who look whether it is alive.
func (w *WaryConn) SyscallConn() (syscall.RawConn, error) {
	if c, ok := w.Conn.(syscall.Conn); ok {
		return c.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
