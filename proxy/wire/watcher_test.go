package wire

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestWatcher(t *testing.T) {
	w := newWatcher()
	register := func() (*Watch, *Conn, *atomic.Int32) {
		proxy, client := pair(t, 0)
		var gone atomic.Int32
		return w.Register(proxy, func() { gone.Add(1) }, nil), client, &gone
	}
	running, client, gone := register()
	idle, idleClient, idleGone := register()
	pipelined, pipeliner, pipelinedGone := register()
	running.Begin()
	pipelined.Begin()
	if _, err := pipeliner.nc.Write([]byte{1, 0, 0, 0, byte(COM_PING)}); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		w.tick()
	}
	if gone.Load() != 0 || pipelinedGone.Load() != 0 {
		t.Error("a live client was found gone")
	}
	client.Close()
	idleClient.Close()
	for gone.Load() == 0 { // the kernel needs a moment to deliver the end
		w.tick()
	}
	w.tick()
	if gone.Load() != 1 || idleGone.Load() != 0 || pipelinedGone.Load() != 0 {
		t.Errorf("gone %d, idle %d, pipelined %d", gone.Load(), idleGone.Load(), pipelinedGone.Load())
	}
	running.End()
	pipelined.End()
	if n := w.running.Load(); n != 0 {
		t.Errorf("%d running", n)
	}
	// A statement shorter than a tick is never looked at.
	idle.Begin()
	w.tick()
	idle.End()
	idle.Begin()
	w.tick()
	idle.End()
	if idleGone.Load() != 0 {
		t.Error("a short statement was looked at")
	}
	for _, h := range []*Watch{running, idle, pipelined} {
		h.Close()
	}
	if len(w.all) != 0 {
		t.Errorf("%d registrations left", len(w.all))
	}
}

// The end is found behind data that nobody has read: COM_QUIT, or TLS's farewell.
func TestWatcherSeesEndBehindData(t *testing.T) {
	w := newWatcher()
	proxy, client := pair(t, 0)
	gone := false
	h := w.Register(proxy, func() { gone = true }, nil)
	h.Begin()
	if _, err := client.nc.Write([]byte{1, 0, 0, 0, byte(COM_QUIT)}); err != nil {
		t.Fatal(err)
	}
	client.Close()
	for !gone { // or this never ends
		w.tick()
	}
	h.Close()
}

// The real thing, with its goroutine: a hang-up is found and the watcher ends.
func TestWatcherRuns(t *testing.T) {
	w := NewWatcher(0)
	proxy, client := pair(t, 0)
	gone := make(chan struct{})
	h := w.Register(proxy, func() { close(gone) }, nil)
	h.Begin()
	client.Close()
	<-gone
	h.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// A statement whose time is over is told at the next tick, one that has time left or is over is not.
func TestWatcherLimit(t *testing.T) {
	w := newWatcher()
	register := func(limit time.Duration) *int {
		late := new(int)
		h := w.Register(NewConn(nil), nil, func() { *late++ })
		h.Begin()
		h.Limit(limit)
		t.Cleanup(h.Close)
		return late
	}
	over, left, none := register(1), register(time.Hour), register(0)
	w.tick()
	if *over != 1 || *left != 0 || *none != 0 {
		t.Errorf("late: %d, %d, %d; want 1, 0, 0", *over, *left, *none)
	}
	ended := 0
	h := w.Register(NewConn(nil), nil, func() { ended++ })
	h.Begin()
	h.Limit(1)
	h.End()
	h.Begin()
	w.tick()
	if ended != 0 {
		t.Error("the limit of a statement has outlasted it")
	}
	h.Close()
}
