package proxy

import (
	"cmp"
	"container/list"
	"net"
	"slices"
	"sync"

	"github.com/askwire/askwire"
)

// registry knows the open sessions: for KILL, SHOW PROCESSLIST, the limits and the shutdown.
type registry struct {
	mu        sync.Mutex
	byID      map[uint32]*session
	strangers list.List // of *session: not logged in yet, oldest first
	users     map[string]int
	addrs     map[string]int
	lastID    uint32
}

func (r *registry) init() {
	r.byID, r.users, r.addrs = map[uint32]*session{}, map[string]int{}, map[string]int{}
}

// add admits a connection that has not logged in yet and gives it its id. Where too many are logging in, the one that has
// been at it for the longest is ended: a login takes milliseconds, so that it is somebody who holds connections open, and
// newcomers are not shut out by that.
func (r *registry) add(s *session, limit *Settings) error {
	r.mu.Lock()
	if len(r.byID) >= limit.MaxSessions {
		r.mu.Unlock()
		return askwire.Errorf(askwire.TooManySessions, "Too many connections.").WithHint("Try again later.")
	}
	for r.lastID++; r.lastID == 0 || r.byID[r.lastID] != nil; r.lastID++ {
	}
	s.id = r.lastID
	r.byID[s.id] = s
	s.stranger = r.strangers.PushBack(s)
	var slowest *session
	if r.strangers.Len() > limit.MaxLoggingIn {
		slowest = r.strangers.Remove(r.strangers.Front()).(*session)
		slowest.stranger = nil
	}
	r.mu.Unlock()
	if slowest != nil {
		slowest.kill(errSlowLogin)
	}
	return nil
}

// address counts the session for its client's address.
func (r *registry) address(s *session, limit *Settings) error {
	host, _, err := net.SplitHostPort(s.addr)
	if err != nil {
		host = s.addr
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.addrs[host] >= limit.MaxSessionsPerAddress {
		return askwire.Errorf(askwire.TooManySessions, "Too many connections from your address.").WithHint("Close some, or try again later.")
	}
	s.host, s.located = host, true
	r.addrs[host]++
	return nil
}

// login counts the session for its user; a user it was counted for before is given back.
func (r *registry) login(s *session, user string, limit *Settings) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users[user] >= limit.MaxSessionsPerUser && s.counted != user {
		return askwire.Errorf(askwire.UserLimit, "The user has too many connections.").WithHint("Close some, or try again later.")
	}
	r.known(s)
	r.release(s)
	r.users[user]++
	s.counted = user
	return nil
}

// known takes a session off the list of strangers.
func (r *registry) known(s *session) {
	if s.stranger != nil {
		r.strangers.Remove(s.stranger)
		s.stranger = nil
	}
}

func (r *registry) release(s *session) {
	if s.counted == "" {
		return
	}
	if r.users[s.counted]--; r.users[s.counted] <= 0 {
		delete(r.users, s.counted)
	}
	s.counted = ""
}

func (r *registry) remove(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[s.id] != s {
		return
	}
	delete(r.byID, s.id)
	r.known(s)
	r.release(s)
	if !s.located {
		return
	}
	if r.addrs[s.host]--; r.addrs[s.host] <= 0 {
		delete(r.addrs, s.host)
	}
}

func (r *registry) get(id uint32) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id]
}

// each calls fn for every session, in the order of their ids, without holding the lock.
func (r *registry) each(fn func(*session)) {
	r.mu.Lock()
	all := make([]*session, 0, len(r.byID))
	for _, s := range r.byID {
		all = append(all, s)
	}
	r.mu.Unlock()
	slices.SortFunc(all, func(a, b *session) int { return cmp.Compare(a.id, b.id) })
	for _, s := range all {
		fn(s)
	}
}
