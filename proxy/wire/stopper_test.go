package wire

import (
	"context"
	"errors"
	"testing"
)

func TestStopper(t *testing.T) {
	cause := errors.New("why")
	backend := func() *Backend {
		c, _ := pair(t, 0)
		return &Backend{c: c}
	}
	t.Run("CancelInterrupts", func(t *testing.T) {
		s, b := NewStopper(t.Context()), backend()
		w := b.watch(s)
		s.Cancel(cause)
		if !b.c.interrupted.Load() || !errors.Is(context.Cause(s), cause) {
			t.Errorf("interrupted %v, cause %v", b.c.interrupted.Load(), context.Cause(s))
		}
		if b.unwatch(w); b.Usable() {
			t.Error("an interrupted connection can be used again")
		}
	})
	t.Run("CancelBefore", func(t *testing.T) {
		s, b := NewStopper(t.Context()), backend()
		s.Cancel(cause)
		w := b.watch(s)
		if !b.c.interrupted.Load() {
			t.Error("not interrupted")
		}
		b.unwatch(w)
	})
	t.Run("CancelAfter", func(t *testing.T) {
		s, b := NewStopper(t.Context()), backend()
		b.unwatch(b.watch(s))
		s.Cancel(cause)
		if !b.Usable() {
			t.Error("a connection that is not in use was interrupted")
		}
	})
	t.Run("TwoAtOnce", func(t *testing.T) {
		s, a, b := NewStopper(t.Context()), backend(), backend()
		wa, wb := a.watch(s), b.watch(s)
		s.Cancel(cause)
		for !b.c.interrupted.Load() { // by another goroutine
		}
		a.unwatch(wa)
		if b.unwatch(wb); a.Usable() || b.Usable() {
			t.Error("one of them can be used again")
		}
	})
	t.Run("CostsNoAllocation", func(t *testing.T) {
		s, b := NewStopper(t.Context()), backend()
		if n := testing.AllocsPerRun(100, func() { b.unwatch(b.watch(s)) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
