package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// polled is a connection whose proxy side the poller has.
func polled(t testing.TB) (proxy, client *Conn) {
	t.Helper()
	proxy, client = pair(t, 0)
	if !proxy.Poll() {
		t.Fatal("a TCP connection cannot be polled")
	}
	t.Cleanup(func() { proxy.Close() })
	return proxy, client
}

// serve runs fn as a task and returns a channel that is closed when fn has ended.
func serve(c *Conn, fn func(*Task)) <-chan struct{} {
	done := make(chan struct{})
	c.Serve(func(t *Task) {
		defer close(done)
		fn(t)
	})
	return done
}

// echo sends back what it reads until the peer closes.
func echo(c *Conn) {
	b := make([]byte, 1<<16)
	for {
		n, err := c.nc.Read(b)
		if err != nil {
			return
		}
		if _, err := c.nc.Write(b[:n]); err != nil {
			return
		}
	}
}

// exchange sends b and reads as much back.
func exchange(t testing.TB, c *Conn, b []byte) {
	t.Helper()
	sent := make(chan error, 1)
	go func() { _, err := c.nc.Write(b); sent <- err }()
	got := make([]byte, len(b))
	if _, err := io.ReadFull(c.nc, got); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil || !bytes.Equal(got, b) {
		t.Fatalf("%d bytes came back changed, %v", len(b), err)
	}
}

func TestTask(t *testing.T) {
	t.Run("ManySessions", func(t *testing.T) {
		var wg sync.WaitGroup
		for i := range 32 {
			proxy, client := polled(t)
			done := serve(proxy, func(*Task) { echo(proxy) })
			wg.Go(func() {
				for j := range 50 {
					exchange(t, client, bytes.Repeat([]byte{byte(i)}, 1+j*i))
				}
				client.Close()
				<-done
			})
		}
		wg.Wait()
	})
	t.Run("MuchData", func(t *testing.T) {
		proxy, client := polled(t)
		serve(proxy, func(*Task) { echo(proxy) })
		exchange(t, client, bytes.Repeat([]byte("0123456789abcdef"), 1<<18))
	})
	t.Run("MuchWorkLeavesTheLoop", func(t *testing.T) {
		proxy, client := polled(t)
		done := serve(proxy, func(task *Task) {
			b := make([]byte, 1)
			if _, err := proxy.nc.Read(b); err != nil || task.loop == nil {
				t.Errorf("read: %v; in the loop: %v", err, task.loop != nil)
			}
			for task.loop != nil { // until that is too much at once
				if _, err := proxy.nc.Write(make([]byte, callWork)); err != nil {
					t.Error(err)
					return
				}
			}
			for task.loop == nil { // it comes back when it has waited
				if _, err := proxy.nc.Read(b); err != nil {
					t.Error(err)
					return
				}
			}
			if task.alone {
				t.Error("the task was detached")
			}
			proxy.Close()
		})
		go func() { _, _ = io.Copy(io.Discard, client.nc) }()
		for b := []byte{1}; ; {
			if _, err := client.nc.Write(b); err != nil {
				break
			}
		}
		<-done
	})
	t.Run("DetachedMayBlock", func(t *testing.T) {
		proxy, client := polled(t)
		other, otherClient := polled(t)
		block := make(chan struct{})
		done := serve(proxy, func(task *Task) {
			b := make([]byte, 1)
			_, _ = proxy.nc.Read(b)
			task.Detach()
			<-block
			_, _ = proxy.nc.Write(b)
		})
		serve(other, func(*Task) { echo(other) })
		_, _ = client.nc.Write([]byte{1})
		exchange(t, otherClient, []byte("meanwhile"))
		close(block)
		_, _ = io.ReadFull(client.nc, make([]byte, 1))
		<-done
	})
	// A task that blocks its loop against the rules delays the others only until the loop is overtaken.
	t.Run("BlockedLoopIsOvertaken", func(t *testing.T) {
		block := make(chan struct{})
		var blocking []*Conn // more than there are loops
		for range 8 {
			proxy, client := polled(t)
			serve(proxy, func(*Task) {
				_, _ = proxy.nc.Read(make([]byte, 1))
				<-block
				echo(proxy)
			})
			_, _ = client.nc.Write([]byte{1})
			blocking = append(blocking, client)
		}
		other, otherClient := polled(t)
		serve(other, func(*Task) { echo(other) })
		for range 3 {
			exchange(t, otherClient, []byte("meanwhile"))
		}
		close(block)
		for _, client := range blocking {
			exchange(t, client, []byte("afterwards"))
		}
	})
	t.Run("GivenInTheLoop", func(t *testing.T) {
		giver, giving := polled(t)
		taker, taking := polled(t)
		var s side
		got := serve(taker, func(task *Task) {
			b := make([]byte, 1)
			_, _ = taker.nc.Read(b)
			_, _ = taker.nc.Write(b)
			for !s.take() {
				s.wait(task)
			}
			_, _ = taker.nc.Write(b)
		})
		serve(giver, func(task *Task) {
			_, _ = giver.nc.Read(make([]byte, 1))
			s.wakeAfter(task)
		})
		exchange(t, taking, []byte{1})
		_, _ = giving.nc.Write([]byte{1})
		_, _ = io.ReadFull(taking.nc, make([]byte, 1))
		<-got
	})
	t.Run("WithoutPoller", func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		c := NewConn(a)
		ran := false
		c.Serve(func(task *Task) { ran = task == nil })
		if !ran {
			t.Error("what is no socket was not served as it is")
		}
		c.Close()
	})
}

func TestSocket(t *testing.T) {
	t.Run("EndBehindData", func(t *testing.T) {
		proxy, client := polled(t)
		_, _ = client.nc.Write([]byte("last words"))
		client.Close()
		got, err := io.ReadAll(proxy.nc)
		if string(got) != "last words" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("EndIsToldWhileAStatementRuns", func(t *testing.T) {
		w := newWatcher() // which never ticks: the poller tells
		proxy, client := polled(t)
		gone := make(chan struct{})
		h := w.Register(proxy, sync.OnceFunc(func() { close(gone) }), nil)
		h.Begin()
		client.Close()
		<-gone
		h.Close()
		proxy, client = polled(t)
		h = w.Register(proxy, func() { t.Error("told, with no statement running") }, nil)
		done := serve(proxy, func(*Task) { _, _ = proxy.nc.Read(make([]byte, 10)) })
		client.Close()
		<-done
		h.Close()
	})
	t.Run("EndWhileItWaits", func(t *testing.T) {
		proxy, client := polled(t)
		done := serve(proxy, func(*Task) { _, _ = proxy.nc.Read(make([]byte, 10)) })
		client.Close()
		<-done
	})
	t.Run("ReadDeadline", func(t *testing.T) {
		proxy, _ := polled(t)
		var err error
		_ = proxy.nc.SetReadDeadline(time.Now().Add(time.Millisecond))
		<-serve(proxy, func(*Task) { _, err = proxy.nc.Read(make([]byte, 1)) })
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("ReadDeadlineOfAGoroutine", func(t *testing.T) {
		proxy, client := polled(t)
		_ = proxy.nc.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := proxy.nc.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		_ = proxy.nc.SetReadDeadline(time.Time{})
		_, _ = client.nc.Write([]byte{1})
		if n, err := proxy.nc.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Error("a deadline that was taken back:", n, err)
		}
	})
	t.Run("WriteDeadline", func(t *testing.T) {
		proxy, _ := polled(t) // whose client reads nothing
		var err error
		_ = proxy.nc.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		<-serve(proxy, func(*Task) { _, err = proxy.nc.Write(make([]byte, 64<<20)) })
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("Interrupt", func(t *testing.T) {
		proxy, _ := polled(t)
		var err error
		done := serve(proxy, func(*Task) { _, err = proxy.nc.Read(make([]byte, 1)) })
		proxy.Interrupt()
		if <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("InterruptedBefore", func(t *testing.T) {
		proxy, _ := pair(t, 0)
		proxy.Interrupt()
		proxy.Poll()
		if _, err := proxy.nc.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		proxy.Close()
	})
	t.Run("Close", func(t *testing.T) {
		proxy, client := polled(t)
		var err error
		done := serve(proxy, func(*Task) { _, err = proxy.nc.Read(make([]byte, 1)) })
		proxy.Close()
		if <-done; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if _, err := proxy.nc.Write([]byte{1}); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := proxy.Close(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if _, err := client.nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error("the client sees", err)
		}
	})
	t.Run("CloseAmongMany", func(t *testing.T) { // descriptors are used again while others write
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				proxy, client := pair(t, 0)
				proxy.Poll()
				done := serve(proxy, func(*Task) { echo(proxy) })
				exchange(t, client, []byte("x"))
				go proxy.Close()
				_, _ = io.Copy(io.Discard, client.nc)
				<-done
				client.Close()
			})
		}
		wg.Wait()
	})
	t.Run("CloseWrite", func(t *testing.T) {
		proxy, client := polled(t)
		if err := proxy.nc.(*socket).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := client.nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		_, _ = client.nc.Write([]byte{7})
		if _, err := io.ReadFull(proxy.nc, make([]byte, 1)); err != nil {
			t.Error(err)
		}
	})
	t.Run("LastOneEndsThePoller", func(t *testing.T) {
		proxy, _ := polled(t)
		p := proxy.nc.(*socket).p
		proxy.Close()
		<-p.stop // all others are closed, or this waits for ever
		p.loops.Wait()
	})
}

// A task waits for a connection of a pool without blocking the loop, in which the one that gives it back runs too.
func TestPoolLendsToTasks(t *testing.T) {
	pool := newPool(t, PoolConfig{Backend: newScripted(t, answerOK).config(), Size: 1})
	const sessions, statements = 8, 20
	var wg sync.WaitGroup
	for range sessions {
		proxy, client := polled(t)
		done := serve(proxy, func(task *Task) {
			b := make([]byte, 1)
			for range statements {
				if _, err := proxy.nc.Read(b); err != nil {
					t.Error(err)
					return
				}
				stop := NewStopper(t.Context())
				be, err := pool.Lend(stop, task)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := be.Exec(stop, admitted("x")); err != nil {
					t.Error(err)
				}
				pool.Put(be)
				_, _ = proxy.nc.Write(b)
			}
		})
		wg.Go(func() {
			for range statements {
				exchange(t, client, []byte{1})
			}
			<-done
		})
	}
	wg.Wait()
	held, err := pool.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proxy, client := polled(t)
	stop, cause := NewStopper(context.Background()), askwire.Errorf(askwire.Interrupted, "Stop.")
	done := serve(proxy, func(task *Task) {
		_, _ = proxy.nc.Read(make([]byte, 1))
		if _, err := pool.Lend(stop, task); !errors.Is(err, cause) {
			t.Error("a wait that was cancelled:", err)
		}
	})
	_, _ = client.nc.Write([]byte{1})
	stop.Cancel(cause)
	<-done
	pool.Put(held)
}
