package clients

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
)

// Recorder stands between clients and a server and keeps every byte. It takes CLIENT_SSL out of the greeting, so that
// there is something to read.
type Recorder struct {
	Addr   string
	target string
	l      net.Listener
	wait   sync.WaitGroup

	mu    sync.Mutex
	conns []*recording
}

type recording struct {
	mu                     sync.Mutex
	fromClient, fromServer bytes.Buffer
}

// NewRecorder starts to listen for clients of target, a host:port.
func NewRecorder(target string) (*Recorder, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Recorder{Addr: l.Addr().String(), target: target, l: l}
	r.wait.Add(1)
	go r.accept()
	return r, nil
}

// Close waits for the clients to go and gives one transcript for each connection, in the order of their coming.
func (r *Recorder) Close() ([]*Transcript, error) {
	if err := r.l.Close(); err != nil {
		return nil, err
	}
	r.wait.Wait()
	var all []*Transcript
	for _, c := range r.conns {
		t, err := Decode(c.fromClient.Bytes(), c.fromServer.Bytes())
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func (r *Recorder) accept() {
	defer r.wait.Done()
	for {
		client, err := r.l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.target)
		if err != nil {
			client.Close()
			continue
		}
		c := &recording{}
		r.mu.Lock()
		r.conns = append(r.conns, c)
		r.mu.Unlock()
		r.wait.Add(2)
		go r.pump(server, client, c.client)
		go r.pump(client, server, c.server)
	}
}

// pump copies until one side ends; then it ends the other, so that a client that hangs up is noticed.
func (r *Recorder) pump(dst, src net.Conn, seen func([]byte)) {
	defer r.wait.Done()
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			seen(buf[:n])
			if _, werr := dst.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				src.Close()
			}
			dst.Close()
			return
		}
	}
}

func (c *recording) client(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fromClient.Write(b)
}

func (c *recording) server(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fromServer.Len() == 0 {
		withoutTLS(b)
	}
	c.fromServer.Write(b)
}

// withoutTLS takes CLIENT_SSL out of a greeting: 4 bytes of header, version 10, the server's version up to NUL, 4 bytes of
// id, 9 of challenge, then the lower 16 flags.
func withoutTLS(b []byte) {
	if len(b) < 6 || b[4] != 10 {
		return
	}
	end := bytes.IndexByte(b[5:], 0)
	if at := 5 + end + 1 + 4 + 9 + 1; end >= 0 && at < len(b) {
		b[at] &^= clientSSL >> 8
	}
}
