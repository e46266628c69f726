package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// child is a running process, its output going to a log file.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has been waited for; err is set before
	err  error
}

// launch starts cmd in its log's folder, where it may leave what it likes, and waits for it in the background.
//
// The kernel ends a child with its parent's *thread*, not its process, so the goroutine that starts the child keeps its
// thread to itself until the child has ended.
func launch(cmd *exec.Cmd, log string) (*child, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	cmd.Stderr = out
	cmd.Dir = filepath.Dir(log)
	cmd.SysProcAttr = dieWithParent()
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.done)
		err := cmd.Start()
		_ = out.Close() // the child has its own copy
		started <- err
		if err == nil {
			c.err = cmd.Wait()
		}
	}()
	return c, <-started
}

// end asks the process to stop, and kills it when it has not within grace. It returns when the process is gone.
func (c *child) end(grace time.Duration) {
	if grace > 0 {
		_ = c.cmd.Process.Signal(syscall.SIGTERM) // it fails when the process is gone already
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-c.done:
			return
		case <-timer.C:
		}
	}
	_ = c.cmd.Process.Kill()
	<-c.done
}

// run runs cmd to its end with input on its standard input.
func run(ctx context.Context, cmd *exec.Cmd, input []byte, log string) error {
	cmd.Stdin = bytes.NewReader(input)
	c, err := launch(cmd, log)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		c.end(0)
		return ctx.Err()
	}
}

// freeAddr asks the kernel for a free port of loopback.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// canListen reports whether nobody has taken the port.
func canListen(addr string) bool {
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// greeting waits until the server at addr greets, and returns the version it announces.
func greeting(ctx context.Context, addr string, c *child) (string, error) {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		version, err := readGreeting(ctx, addr)
		if err == nil {
			return version, nil
		}
		select {
		case <-c.done:
			if c.err == nil {
				return "", errors.New("it ended at once")
			}
			return "", fmt.Errorf("it ended at once: %w", c.err)
		case <-ctx.Done():
			return "", fmt.Errorf("it does not answer on %s: %w", addr, err)
		case <-retry.C:
		}
	}
}

// readGreeting reads Protocol::HandshakeV10 of one connection: 4 bytes header, the protocol version 10, and the server's
// version up to a NUL byte.
func readGreeting(ctx context.Context, addr string) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return "", err
	}
	n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if head[4] != 10 || n < 2 || n > 1024 {
		return "", fmt.Errorf("packet of %d bytes, first byte %d, is not a greeting", n, head[4])
	}
	body := make([]byte, n-1)
	if _, err := io.ReadFull(conn, body); err != nil {
		return "", err
	}
	version, _, ok := bytes.Cut(body, []byte{0})
	if !ok {
		return "", errors.New("greeting without a version")
	}
	// MariaDB 10 says 5.5.5- first, for replicas of that time.
	return strings.TrimPrefix(string(version), "5.5.5-"), nil
}

// tail returns the last 15 lines of a log, or "".
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 8 << 10
	if st, err := f.Stat(); err == nil && st.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return ""
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	if len(lines) > 15 {
		lines = lines[len(lines)-15:]
	}
	return strings.Join(lines, "\n")
}
