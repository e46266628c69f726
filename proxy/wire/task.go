package wire

import (
	"iter"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Task is a session's code, written as blocking code, that gives its thread away whenever a socket is not ready. Whoever
// makes the socket ready runs it on: the poller's loop as a rule, which then serves many sessions without the scheduler waking
// a goroutine, or a thread, for each packet.
//
// While the loop runs a task, every other session waits. So a task that is about to wait for anything but a socket, or to
// compute for long, calls Detach; a socket call does so by itself when a task has moved much data. A nil *Task is
// a goroutine like any other: its socket calls block, and the methods do nothing.
type Task struct {
	resume func() (*side, bool)
	yield  func(*side) bool // says what the task waits for; nil = for a goroutine of its own
	loop   runner           // that runs it now; nil = a goroutine of its own
	alone  bool             // no loop runs it until Attach
	work   int              // done since it waited last
	left   atomic.Int64     // how often it has left the loop
}

// runner is a loop of the poller.
type runner interface {
	// later has the loop run a task after the one that it runs now. It is false when the loop has ended.
	later(*Task) bool
}

// A task that has worked this much without a wait leaves the loop until it waits. The unit is a byte; a system call counts as
// some.
const (
	maxWork  = 256 << 10
	callWork = 2048
)

// runTask runs fn as a task. It returns when fn waits for the first time, or has ended.
func runTask(fn func(*Task)) {
	t := &Task{}
	t.resume, _ = iter.Pull(func(yield func(*side) bool) {
		t.yield = yield
		fn(t)
	})
	t.run(nil)
}

// run goes on with the task until it waits.
func (t *Task) run(loop runner) {
	for {
		t.loop = loop
		s, more := t.resume()
		switch {
		case !more:
			return
		case s == nil && loop != nil:
			t.left.Add(1)
			go t.run(nil)
			return
		case s != nil && s.state.CompareAndSwap(notReady, awaited):
			return // from here on another goroutine may run it
		}
	}
}

// Detach lets a goroutine of its own run the task until the next Attach.
func (t *Task) Detach() {
	if t == nil {
		return
	}
	t.alone = true
	if t.loop != nil {
		t.yield(nil)
	}
}

// Attach lets the loop run the task from its next wait on.
func (t *Task) Attach() {
	if t != nil {
		t.alone = false
	}
}

// Left is how often the task has left the loop.
func (t *Task) Left() int64 { return t.left.Load() }

// worked counts a system call that moved n bytes. A task that has worked for long goes on in a goroutine until it waits.
func (t *Task) worked(n int) {
	if t == nil {
		return
	}
	if t.work += n + callWork; t.work > maxWork && t.loop != nil {
		t.yield(nil)
	}
}

const (
	notReady uint32 = iota
	ready           // or maybe so: the next system call will tell
	awaited         // and somebody waits
)

// side is what one goroutine or task at a time waits for: reading or writing of a socket, or something that another gives.
// The wakes and setDeadline may be called from any.
type side struct {
	state   atomic.Uint32
	expired atomic.Bool
	task    *Task         // that waits
	signal  chan struct{} // to the goroutine that waits, when task is nil

	mu    sync.Mutex
	at    time.Time // the deadline; zero = none
	timer *time.Timer
}

// take is true when a system call may succeed; it is then not ready until the call, or an event, says so.
func (s *side) take() bool { return s.state.CompareAndSwap(ready, notReady) }

// wait returns when the side may be ready, or has expired.
func (s *side) wait(t *Task) {
	if t != nil && !t.alone {
		s.task = t
		t.yield(s)
		s.task = nil
		return
	}
	if s.signal == nil {
		s.signal = make(chan struct{}, 1)
	}
	if s.state.CompareAndSwap(notReady, awaited) {
		<-s.signal
	}
}

// await is wait, unless the side is ready; it stays so.
func (s *side) await(t *Task) {
	if s.state.Load() != ready && !s.expired.Load() {
		s.wait(t)
	}
}

// wake makes the side ready. A task that waits goes on in a goroutine.
func (s *side) wake() {
	if t := s.woken(); t != nil {
		go t.run(nil)
	}
}

// wakeOn is wake by a loop, in which a task that waits goes on at once.
func (s *side) wakeOn(l runner) {
	if t := s.woken(); t != nil {
		t.run(l)
	}
}

// wakeAfter is wake by a task: another that waits goes on in the same loop, after it.
func (s *side) wakeAfter(by *Task) {
	t := s.woken()
	if t != nil && (by == nil || by.loop == nil || !by.loop.later(t)) {
		go t.run(nil)
	}
}

// woken makes the side ready and returns the task that has waited for that. A goroutine is told here.
func (s *side) woken() *Task {
	if s.state.Swap(ready) != awaited {
		return nil
	}
	t := s.task
	if t == nil {
		s.signal <- struct{}{}
		return nil
	}
	t.work = 0
	return t
}

// check is the error of a side whose deadline has passed.
func (s *side) check() error {
	if s.expired.Load() {
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (s *side) setDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = t
	left := time.Until(t)
	past := !t.IsZero() && left <= 0
	s.expired.Store(past)
	switch {
	case past:
		s.wake()
	case t.IsZero():
	case s.timer == nil:
		s.timer = time.AfterFunc(left, s.expire)
		return
	default:
		s.timer.Reset(left)
		return
	}
	if s.timer != nil {
		s.timer.Stop()
	}
}

// expire is the timer's end. It may come late, when another deadline is in force.
func (s *side) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && !time.Now().Before(s.at) {
		s.expired.Store(true)
		s.wake()
	}
}

// Serve runs fn, which reads and writes c. After Poll it runs as a task, and Serve may return before fn does; else fn gets nil.
func (c *Conn) Serve(fn func(*Task)) {
	if !c.Poll() {
		fn(nil)
		return
	}
	runTask(func(t *Task) {
		c.join(t)
		fn(t)
	})
}

// join lends the connection to a task, whose waits for an answer are then the poller's, or with nil takes it back. It returns
// the task before. A connection that cannot be polled detaches the task.
func (b *Backend) join(t *Task) (before *Task) {
	if t != nil && !b.c.Poll() {
		t.Detach()
	}
	before, b.task = b.task, t
	b.c.join(t)
	return before
}
