package nl

import (
	"context"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// memoryQuota holds users to their questions and tokens a day as far as this process knows. It stands in where no store
// counts for all proxies.
type memoryQuota struct {
	clock askwire.Clock

	mu   sync.Mutex
	day  time.Time
	used map[string]*askwire.Usage
}

func newMemoryQuota(clock askwire.Clock) *memoryQuota {
	return &memoryQuota{clock: clock, used: make(map[string]*askwire.Usage)}
}

// Reserve counts one question that needs a model, or refuses it.
func (m *memoryQuota) Reserve(_ context.Context, user string, limits askwire.Limits) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.of(user)
	if n := limits.QuestionsPerDay; n > 0 && u.Questions >= n {
		return m.refuse("questions", n)
	}
	if n := limits.TokensPerDay; n > 0 && u.Tokens >= n {
		return m.refuse("tokens", n)
	}
	u.Questions++
	return nil
}

// AddTokens counts what a call read and wrote.
func (m *memoryQuota) AddTokens(user string, tokens int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of(user).Tokens += tokens
}

// of returns the user's usage of today, m.mu held. A new day begins empty.
func (m *memoryQuota) of(user string) *askwire.Usage {
	now := m.clock()
	if today := midnight(now, now.Location()); !today.Equal(m.day) {
		m.day = today
		clear(m.used)
	}
	u := m.used[user]
	if u == nil {
		u = &askwire.Usage{}
		m.used[user] = u
	}
	return u
}

func (m *memoryQuota) refuse(what string, n int64) error {
	return askwire.Errorf(askwire.QuotaExceeded, "Today's limit of %d %s is used up.", n, what).
		WithHint("Saved questions still work; ask others again after %s.", m.day.AddDate(0, 0, 1).Format("2006-01-02 15:04 -07:00"))
}

// midnight is the start of now's day in the zone.
func midnight(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}
