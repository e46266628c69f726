package proxy

import "sync"

// The stages of a question, as progress packets count them. A question may leave some out, and come back to one.
var stageNumbers = map[string]int{"linking": 1, "asking the model": 2, "repairing": 3, "running the query": 4, "summarising": 5, "narrating": 5}

const stageCount = 5

// reporter sends a question's stages to a client that asked for MariaDB's progress packets. Stages come from any goroutine,
// and the connection is the session's: they are sent only while the session waits within its watch, and then by whoever
// names them.
type reporter struct {
	mu      sync.Mutex
	waiting bool
	unsent  int // stage that was named outside of a watch
	info    string
}

// progress shows in SHOW PROCESSLIST, and to clients that want to see it, what the question waits for. It may be called from
// any goroutine.
func (s *session) progress(stage string) {
	s.mu.Lock()
	s.stage = stage
	s.mu.Unlock()
	if !s.login.Progress {
		return
	}
	r := &s.report
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unsent, r.info = stageNumbers[stage], stage; r.waiting {
		s.sendProgress()
	}
}

// sendProgress sends the stage named last. A client that is gone is noticed by what comes next.
func (s *session) sendProgress() {
	if n := s.report.unsent; n > 0 {
		s.report.unsent = 0
		if s.c.WriteProgress(n, stageCount, 0, s.report.info) == nil {
			_ = s.c.Flush()
		}
	}
}

// watched waits in fn and shows the client the stages that are named meanwhile. The session's goroutine calls it between two
// packets, and fn leaves the connection alone.
func (s *session) watched(fn func()) {
	if !s.login.Progress {
		fn()
		return
	}
	r := &s.report
	r.mu.Lock()
	r.waiting = true
	s.sendProgress()
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.waiting, r.unsent = false, 0
		r.mu.Unlock()
	}()
	fn()
}
