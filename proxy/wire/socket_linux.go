package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a stream socket that this package's poller waits for. It is a net.Conn: one goroutine or task reads and writes,
// the rest may be called from any.
type socket struct {
	fd            int
	p             *poller
	number        int32 // tells it from a former socket of the same descriptor
	local, remote net.Addr
	task          *Task // that reads and writes; nil = a goroutine
	rd, wr        side
	ended         atomic.Bool // the peer has closed: reads never wait
	onEnd         atomic.Pointer[func()]
	users         atomic.Int64 // system calls in progress, and closedBit
}

const closedBit = 1 << 32

// newSocket takes a connection over: nc is closed, its descriptor lives on. Where it fails nc is as before.
func newSocket(nc net.Conn) (*socket, error) {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil, errors.ErrUnsupported
	}
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	k := &socket{local: nc.LocalAddr(), remote: nc.RemoteAddr()}
	var derr error
	if err := raw.Control(func(fd uintptr) { k.fd, derr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if derr != nil {
		return nil, derr
	}
	k.rd.state.Store(ready)
	k.wr.state.Store(ready)
	if err := k.join(); err != nil {
		_ = unix.Close(k.fd)
		return nil, err
	}
	if err := k.p.add(k); err != nil {
		_ = unix.Close(k.fd)
		k.p.leave()
		return nil, err
	}
	_ = nc.Close() // Go's poller forgets the socket, which the other descriptor keeps open
	return k, nil
}

// use begins a system call; the descriptor is not closed before done. It is false when it is closed.
func (k *socket) use() bool {
	if k.users.Add(1) < closedBit {
		return true
	}
	k.done()
	return false
}

func (k *socket) done() {
	if k.users.Add(-1) == closedBit {
		k.destroy()
	}
}

// destroy closes the descriptor, once: the use count of a closed socket may reach zero more than once.
func (k *socket) destroy() {
	if k.users.CompareAndSwap(closedBit, 3*closedBit) {
		k.p.forget(k)
		_ = unix.Close(k.fd)
		k.p.leave()
	}
}

// Close closes the socket. Blocked reads and writes return.
func (k *socket) Close() error {
	for {
		u := k.users.Load()
		if u >= closedBit {
			return k.fault("close", net.ErrClosed)
		}
		if k.users.CompareAndSwap(u, u+closedBit) {
			if u == 0 {
				k.destroy()
			}
			break
		}
	}
	for _, s := range []*side{&k.rd, &k.wr} {
		s.setDeadline(time.Time{}) // ends the timer
		s.wake()
	}
	return nil
}

// CloseWrite says that nothing more will be written.
func (k *socket) CloseWrite() error {
	if !k.use() {
		return k.fault("close", net.ErrClosed)
	}
	defer k.done()
	return k.fault("shutdown", unix.Shutdown(k.fd, unix.SHUT_WR))
}

// Read reads what has arrived. Unlike a net.TCPConn it does not ask the kernel where nothing can have arrived.
func (k *socket) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if err := k.rd.check(); err != nil {
			return 0, k.fault("read", err)
		}
		if !k.rd.take() {
			k.rd.wait(k.task)
			continue
		}
		n, errno := k.call(readSocket, p)
		switch {
		case errno == unix.EAGAIN:
			continue
		case errno == unix.EINTR:
			k.rd.state.Store(ready)
			continue
		case errno != 0:
			k.rd.state.Store(ready)
			return 0, k.failed("read", errno)
		}
		if n == len(p) || k.ended.Load() {
			k.rd.state.Store(ready) // there may be more, and no event will say so
		}
		if n == 0 {
			return 0, io.EOF
		}
		k.task.worked(n)
		return n, nil
	}
}

// Write writes all of p.
func (k *socket) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		if err := k.wr.check(); err != nil {
			return sent, k.fault("write", err)
		}
		n, errno := k.call(writeSocket, p[sent:])
		switch {
		case errno == unix.EAGAIN:
			if !k.wr.take() {
				k.wr.wait(k.task)
			}
			continue
		case errno == unix.EINTR:
			continue
		case errno != 0:
			return sent, k.failed("write", errno)
		}
		sent += n
		k.task.worked(n)
	}
	return sent, nil
}

// call makes a system call on the descriptor while it is open.
func (k *socket) call(fn func(int, []byte) (int, syscall.Errno), p []byte) (int, syscall.Errno) {
	if !k.use() {
		return 0, unix.EBADF
	}
	n, errno := fn(k.fd, p)
	k.done()
	return n, errno
}

// failed is the error of a system call.
func (k *socket) failed(op string, errno syscall.Errno) error {
	if errno == unix.EBADF {
		return k.fault(op, net.ErrClosed)
	}
	return k.fault(op, os.NewSyscallError(op, errno))
}

func (k *socket) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: k.local.Network(), Source: k.local, Addr: k.remote, Err: err}
}

func (k *socket) LocalAddr() net.Addr  { return k.local }
func (k *socket) RemoteAddr() net.Addr { return k.remote }

func (k *socket) SetDeadline(t time.Time) error {
	k.rd.setDeadline(t)
	k.wr.setDeadline(t)
	return nil
}

func (k *socket) SetReadDeadline(t time.Time) error {
	k.rd.setDeadline(t)
	return nil
}

func (k *socket) SetWriteDeadline(t time.Time) error {
	k.wr.setDeadline(t)
	return nil
}

// SyscallConn is for looking at the socket: its Control works, reading and writing past this type does not.
func (k *socket) SyscallConn() (syscall.RawConn, error) { return rawSocket{k}, nil }

type rawSocket struct{ k *socket }

func (r rawSocket) Control(f func(fd uintptr)) error {
	if !r.k.use() {
		return net.ErrClosed
	}
	defer r.k.done()
	f(uintptr(r.k.fd))
	return nil
}

func (rawSocket) Read(func(fd uintptr) bool) error  { return errors.ErrUnsupported }
func (rawSocket) Write(func(fd uintptr) bool) error { return errors.ErrUnsupported }
