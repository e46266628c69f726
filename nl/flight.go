package nl

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/askwire/askwire"
)

// flights lets callers with the same key share one piece of work. The work is cancelled when the last of them has left;
// that last one waits for it, so that no goroutine outlives its callers.
type flights[T any] struct {
	mu  sync.Mutex
	now map[cacheKey]*flight[T]
}

type flight[T any] struct {
	done   chan struct{}
	cancel context.CancelFunc
	result T
	err    error

	mu      sync.Mutex
	waiters map[int]func(stage string)
	next    int
}

// progress tells everybody who still waits.
func (f *flight[T]) progress(stage string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.waiters {
		p(stage)
	}
}

func (f *flight[T]) join(progress func(string)) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	f.waiters[f.next] = progress
	return f.next
}

func (f *flight[T]) leave(id int) (left int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiters, id)
	return len(f.waiters)
}

// do runs work once for all concurrent callers of key. first reports whether this caller started it.
func (s *flights[T]) do(ctx context.Context, key cacheKey, progress func(string),
	work func(ctx context.Context, progress func(string)) (T, error)) (result T, first bool, err error) {
	s.mu.Lock()
	f, running := s.now[key]
	if !running {
		f = &flight[T]{done: make(chan struct{}), waiters: make(map[int]func(string))}
		if s.now == nil {
			s.now = make(map[cacheKey]*flight[T])
		}
		s.now[key] = f
	}
	id := f.join(progress) // before the work begins, which tells its stages to those who wait
	if !running {
		var wctx context.Context
		wctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go func() {
			defer close(f.done)
			defer f.cancel()
			defer func() {
				if r := recover(); r != nil {
					f.err = askwire.Errorf(askwire.Internal, "The model could not be asked because of a defect in askwire.").
						WithHint("The log has the cause; please report it.").Wrap(panicError{r, debug.Stack()})
				}
				s.forget(key, f)
			}()
			f.result, f.err = work(wctx, f.progress)
		}()
	}
	s.mu.Unlock()

	select {
	case <-f.done:
		f.leave(id)
		return f.result, !running, f.err
	case <-ctx.Done():
	}
	s.mu.Lock()
	last := f.leave(id) == 0
	if last {
		if s.now[key] == f {
			delete(s.now, key) // nobody may join work that is being cancelled
		}
		f.cancel()
	}
	s.mu.Unlock()
	if last {
		<-f.done
	}
	return result, !running, contextError(ctx)
}

func (s *flights[T]) forget(key cacheKey, f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now[key] == f {
		delete(s.now, key)
	}
}
