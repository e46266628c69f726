package nl

import (
	"math"
	"sync"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// SuggestionsFor lists saved questions that the asker may use and whose SQL passes the gate, at most 20: those that are used first,
// and before there is any use those for newcomers, verified ones, and new ones.
func (a *Asker) SuggestionsFor(q *askwire.Question, gate guard.Gate) []string {
	return questionsOf(a.suggest(q, bindGate(q, gate), 20))
}

func (a *Asker) suggest(q *askwire.Question, gate guard.Gate, n int) []example {
	set := a.saved.Load()
	var list []scored
	for _, sq := range set.all {
		if sq.applies(q) {
			list = append(list, scored{sq, a.uses.of(sq, q.Now) + sq.worth(q.Now)})
		}
	}
	return set.pick(q, gate, list, n, korean(languageOf(q)))
}

// worth is what a question is suggested by before anybody has used it: less than one use of today.
func (s *savedQuestion) worth(now time.Time) float64 {
	w := 0.0
	if s.Onboarding {
		w += 0.5
	}
	if s.Verified {
		w += 0.25
	}
	since := s.SavedAt
	if s.VerifiedAt.After(since) {
		since = s.VerifiedAt
	}
	if !since.IsZero() {
		w += 0.2 * halved(now.Sub(since), 30*24*time.Hour)
	}
	return w
}

func halved(age, every time.Duration) float64 {
	return math.Exp2(-max(0, age.Seconds()) / every.Seconds())
}

// useHalves is how long it takes for a use to count half: what is used now stands before what was used a lot last year.
const useHalves = 7 * 24 * time.Hour

// uses counts how often saved questions answered: what SetUses says, and what came in this process since. The zero value is ready.
type uses struct {
	mu sync.Mutex
	by map[askwire.SavedUse]use
}

type use struct {
	score float64
	last  time.Time
}

// SetUses replaces the counts by those of all proxies, in uses of now; one counts half a week later.
func (a *Asker) SetUses(counts map[askwire.SavedUse]float64) {
	now := a.clock()
	by := make(map[askwire.SavedUse]use, len(counts))
	for s, n := range counts {
		by[s] = use{n, now}
	}
	a.uses.mu.Lock()
	defer a.uses.mu.Unlock()
	a.uses.by = by
}

func useOf(s *askwire.SavedQuestion) askwire.SavedUse {
	if s.Verified || s.ID == "" {
		return askwire.SavedUse{Name: s.Name}
	}
	return askwire.SavedUse{Owner: s.Owner, Name: s.Name}
}

func (u *uses) add(s *askwire.SavedQuestion, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		u.by = make(map[askwire.SavedUse]use)
	}
	had := u.by[useOf(s)]
	u.by[useOf(s)] = use{1 + had.score*halved(now.Sub(had.last), useHalves), now}
}

func (u *uses) of(s *savedQuestion, now time.Time) float64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	had := u.by[useOf(&s.SavedQuestion)]
	return had.score * halved(now.Sub(had.last), useHalves)
}
