package nl

import (
	"context"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// ledger holds users to their questions and tokens a day. It counts what this process has started, and asks the Quota
// for what all proxies have recorded; the larger of the two counts, so that calls under way cannot slip through.
type ledger struct {
	quota Quota

	mu   sync.Mutex
	used map[string]*account
}

type account struct {
	since            time.Time
	questions, token int64
}

func newLedger(q Quota) *ledger { return &ledger{quota: q, used: make(map[string]*account)} }

// reserve counts one question that needs a model, or refuses it.
func (l *ledger) reserve(ctx context.Context, q *askwire.Question) error {
	lim := q.Profile.Limits
	since := midnight(q.Now, q.TimeZone)
	var all askwire.Usage
	if l.quota != nil && (lim.QuestionsPerDay > 0 || lim.TokensPerDay > 0) {
		var err error
		if all, err = l.quota.Usage(ctx, q.User.Name, since); err != nil {
			if ctx.Err() != nil {
				return contextError(ctx)
			}
			return askwire.Errorf(askwire.BackendUnavailable, "Today's usage cannot be read, so no question can be admitted.").
				WithHint("Try again in a moment; the administrator sees the cause in the log.").Wrap(err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	acc := l.account(q.User.Name, since)
	if n := lim.QuestionsPerDay; n > 0 && max(acc.questions, all.Questions) >= n {
		return quotaError("questions", n, since)
	}
	if n := lim.TokensPerDay; n > 0 && max(acc.token, all.Tokens) >= n {
		return quotaError("tokens", n, since)
	}
	acc.questions++
	return nil
}

// spend counts tokens after a call.
func (l *ledger) spend(q *askwire.Question, t askwire.Tokens) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.account(q.User.Name, midnight(q.Now, q.TimeZone)).token += t.Input + t.Output
}

// tokensLeft refuses a further call (repair, summary) when the day's tokens are used up.
func (l *ledger) tokensLeft(q *askwire.Question) error {
	n := q.Profile.Limits.TokensPerDay
	if n <= 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	since := midnight(q.Now, q.TimeZone)
	if l.account(q.User.Name, since).token >= n {
		return quotaError("tokens", n, since)
	}
	return nil
}

// account returns the user's account of the day, l.mu held. Yesterday's accounts are dropped as they are met.
func (l *ledger) account(user string, since time.Time) *account {
	acc := l.used[user]
	if acc == nil || acc.since.Before(since) {
		acc = &account{since: since}
		l.used[user] = acc
	}
	return acc
}

func quotaError(what string, n int64, since time.Time) error {
	return askwire.Errorf(askwire.QuotaExceeded, "Today's limit of %d %s is used up.", n, what).
		WithHint("Saved questions still work; the limit is renewed at %s.", since.AddDate(0, 0, 1).Format("2006-01-02 15:04 MST"))
}

// midnight is the start of now's day in the zone.
func midnight(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}
