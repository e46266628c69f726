package enginetest

import (
	"errors"
	"net"
	"testing"
)

// Gate forwards connections on Addr to a server while it is open; while it is closed it drops every connection. It begins
// closed: for tests of a server that is down at first, or goes away.
type Gate struct {
	Addr   string
	target string
	l      net.Listener
	states chan bool
	done   chan struct{}
}

// NewGate makes a gate before target, a host:port, which goes with the test.
func NewGate(t *testing.T, target string) *Gate {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{Addr: l.Addr().String(), target: target, l: l, states: make(chan bool), done: make(chan struct{})}
	go g.run()
	t.Cleanup(func() { l.Close(); <-g.done })
	return g
}

// Open lets connections through.
func (g *Gate) Open() { g.states <- true }

// Close drops every connection, also those that are open.
func (g *Gate) Close() { g.states <- false }

func (g *Gate) run() {
	defer close(g.done)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := g.l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				accepted <- c
			}
		}
	}()
	isOpen := false
	var conns []net.Conn
	drop := func() {
		for _, c := range conns {
			c.Close()
		}
		conns = nil
	}
	defer drop()
	for {
		select {
		case isOpen = <-g.states:
			if !isOpen {
				drop()
			}
		case c, ok := <-accepted:
			if !ok {
				return
			}
			if !isOpen {
				c.Close()
				continue
			}
			back, err := net.Dial("tcp", g.target)
			if err != nil {
				c.Close()
				continue
			}
			conns = append(conns, c, back)
			go pipe(c, back)
			go pipe(back, c)
		}
	}
}

func pipe(dst, src net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if _, werr := dst.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			dst.Close()
			src.Close()
			return
		}
	}
}
