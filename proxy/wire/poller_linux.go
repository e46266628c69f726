package wire

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller waits for many sockets and runs the tasks that wait for them. It stands beside Go's own, which wakes a goroutine,
// and often a thread, for each packet. There is one while there are sockets; its loops share one epoll descriptor,
// so that any of them takes the next event.
type poller struct {
	ep, wakeup int
	sockets    int   // under polling.mu
	lastNumber int32 // of a socket, as well
	stop       chan struct{}
	stopped    atomic.Bool
	loops      sync.WaitGroup
	table      [tableSize]atomic.Pointer[[tableSize]atomic.Pointer[socket]] // by descriptor

	mu  sync.Mutex
	all []*loop
}

const tableSize = 1024

var polling struct {
	mu sync.Mutex
	p  *poller
}

// loop is one goroutine of the poller. Should a task block it, a successor takes over.
type loop struct {
	p      *poller
	events [64]unix.EpollEvent
	n, i   int           // events[i:n] are to be handled
	turn   atomic.Uint64 // odd while an event is handled or a task runs
	seen   uint64        // turn when overtake looked last

	mu    sync.Mutex
	queue []*Task // to be run
	gone  bool    // a successor has the queue
}

const (
	overtakeEvery = 20 * time.Millisecond
	overtaken     = ^uint64(0) // a turn
)

// join counts one more socket and gives it its number and the poller, which it starts for the first one.
func (k *socket) join() error {
	polling.mu.Lock()
	defer polling.mu.Unlock()
	if polling.p == nil {
		p, err := startPoller()
		if err != nil {
			return err
		}
		polling.p = p
	}
	k.p = polling.p
	k.p.sockets++
	k.p.lastNumber++
	k.number = k.p.lastNumber
	return nil
}

// leave counts one socket less. The last one ends the poller.
func (p *poller) leave() {
	polling.mu.Lock()
	defer polling.mu.Unlock()
	if p.sockets--; p.sockets > 0 {
		return
	}
	polling.p = nil
	p.stopped.Store(true)
	close(p.stop)
	one := [8]byte{1}
	_, _ = unix.Write(p.wakeup, one[:])
}

func startPoller() (*poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	wakeup, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(ep)
		return nil, err
	}
	p := &poller{ep: ep, wakeup: wakeup, stop: make(chan struct{})}
	// Level-triggered, and never read: it wakes every loop, one after the other.
	if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, wakeup, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(wakeup)}); err != nil {
		_ = unix.Close(ep)
		_ = unix.Close(wakeup)
		return nil, err
	}
	// Half of the processors: the other half is the kernel's, which does most of the work, and the other goroutines'.
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		p.start(&loop{p: p})
	}
	go p.watch()
	return p, nil
}

func (p *poller) start(l *loop) {
	p.mu.Lock()
	p.all = append(p.all, l)
	p.mu.Unlock()
	p.loops.Add(1)
	go l.run()
}

// watch replaces loops that a task blocks, until the poller ends. A task should not block a loop, but if one does, it delays
// the others by milliseconds instead of stopping them.
func (p *poller) watch() {
	t := time.NewTicker(overtakeEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.overtake()
		case <-p.stop:
			p.loops.Wait()
			_ = unix.Close(p.wakeup)
			_ = unix.Close(p.ep)
			return
		}
	}
}

// overtake starts a successor for each loop that has been at one event since the last call.
func (p *poller) overtake() {
	p.mu.Lock()
	var successors []*loop
	running := p.all[:0]
	for _, l := range p.all {
		turn := l.turn.Load()
		if turn%2 == 1 && turn == l.seen && l.turn.CompareAndSwap(turn, overtaken) {
			l.mu.Lock()
			successors = append(successors, &loop{p: p, events: l.events, n: l.n, i: l.i, queue: l.queue})
			l.gone, l.queue = true, nil
			l.mu.Unlock()
			continue
		}
		l.seen = turn
		running = append(running, l)
	}
	p.all = running
	p.mu.Unlock()
	for _, l := range successors {
		p.start(l)
	}
}

func (l *loop) run() {
	defer l.p.loops.Done()
	for {
		t := l.queued()
		if t == nil && l.i == l.n {
			if l.p.stopped.Load() {
				return
			}
			l.i, l.n = 0, l.p.wait(l.events[:])
			continue
		}
		var e *unix.EpollEvent
		if t == nil {
			e = &l.events[l.i]
			l.i++
		}
		turn := l.turn.Add(1) // from here on a successor may take the rest
		if t != nil {
			t.run(l)
		} else {
			l.handle(e)
		}
		if !l.turn.CompareAndSwap(turn, turn+1) {
			return // one has
		}
	}
}

func (l *loop) later(t *Task) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return false
	}
	l.queue = append(l.queue, t)
	return true
}

func (l *loop) queued() *Task {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return nil
	}
	t := l.queue[0]
	l.queue[0] = nil
	if l.queue = l.queue[1:]; len(l.queue) == 0 {
		l.queue = nil
	}
	return t
}

// wait returns how many events there are, at least one but for interruptions.
func (p *poller) wait(events []unix.EpollEvent) int {
	n, _, errno := syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), ^uintptr(0), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// handle wakes who waits for a socket. An event of a descriptor's former socket is nobody's.
func (l *loop) handle(e *unix.EpollEvent) {
	k := l.p.socket(int(e.Fd))
	if k == nil || k.number != e.Pad {
		return
	}
	const gone = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	if e.Events&gone != 0 {
		k.ended.Store(true)
		if fn := k.onEnd.Load(); fn != nil {
			(*fn)()
		}
	}
	if e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		k.wr.wakeOn(l)
	}
	if e.Events&(unix.EPOLLIN|gone) != 0 {
		k.rd.wakeOn(l)
	}
}

func (p *poller) socket(fd int) *socket {
	if fd >= tableSize*tableSize {
		return nil
	}
	if part := p.table[fd/tableSize].Load(); part != nil {
		return part[fd%tableSize].Load()
	}
	return nil
}

// add begins to wait for a socket's events.
func (p *poller) add(k *socket) error {
	if k.fd >= tableSize*tableSize {
		return unix.EMFILE
	}
	part := &p.table[k.fd/tableSize]
	if part.Load() == nil {
		part.CompareAndSwap(nil, new([tableSize]atomic.Pointer[socket]))
	}
	part.Load()[k.fd%tableSize].Store(k)
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(k.fd), Pad: k.number}
	if err := unix.EpollCtl(p.ep, unix.EPOLL_CTL_ADD, k.fd, &e); err != nil {
		p.forget(k)
		return err
	}
	return nil
}

// forget is called before the descriptor is closed, which ends the kernel's part.
func (p *poller) forget(k *socket) {
	p.table[k.fd/tableSize].Load()[k.fd%tableSize].CompareAndSwap(k, nil)
}
