package proxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// directory is a Directory that tests change.
type directory struct {
	t        testing.TB
	gen      atomic.Uint64
	mu       sync.Mutex
	snap     *askwire.Snapshot
	users    map[string]*askwire.User
	profiles map[string]*askwire.Profile
	vars     map[string]askwire.Value
	pool     *wire.Pool
	store    *guard.Policy
	policies map[string]*guard.Policy
}

func (d *directory) Generation() uint64 { return d.gen.Load() + 1 }

func (d *directory) User(name string) (*askwire.User, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, ok := d.users[name]
	return u, ok
}

func (d *directory) Bind(who Principal) (*Binding, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	profile := who.Profile
	u, ok := d.users[who.User]
	if !ok {
		return nil, errUserGone
	}
	if who.For != "" {
		if !slices.Contains(u.ActsFor, who.For) {
			return nil, askwire.Errorf(askwire.PrivilegeDenied, "This account may not act for that user.").WithHint("Log in as the user.")
		}
		if u, ok = d.users[who.For]; !ok {
			return nil, errUserGone
		}
	}
	if profile == "" {
		on := func(name string) bool { return d.profiles[name] != nil && d.profiles[name].Backend == who.Backend }
		profile = u.Profiles[max(slices.IndexFunc(u.Profiles, on), 0)]
	}
	if !slices.Contains(u.Profiles, profile) || d.profiles[profile] == nil {
		return nil, askwire.Errorf(askwire.PrivilegeDenied, "The profile is not one of yours.").WithHint("SHOW ASK PROFILES lists them.")
	}
	p := d.profiles[profile]
	if d.policies[profile] == nil {
		policy, errs := guard.Compile(p, d.snap)
		if len(errs) > 0 {
			return nil, errors.Join(errs...)
		}
		if d.policies == nil {
			d.policies = map[string]*guard.Policy{}
		}
		d.policies[profile] = policy
	}
	return &Binding{User: u, Profile: p, Policy: d.policies[profile], Vars: d.vars, Backend: d.pool, Store: d.store, StoreBackend: d.pool}, nil
}

// change alters the directory as a reload does.
func (d *directory) change(fn func()) {
	d.mu.Lock()
	d.policies = nil
	fn()
	d.mu.Unlock()
	d.gen.Add(1)
}

// asker is an Asker that answers from a script.
type asker struct {
	mu        sync.Mutex
	sql       map[string]string // question → SQL
	hold      chan struct{}     // when set, Plan waits for it or for ctx
	planning  chan struct{}     // told when Plan has begun to wait
	summarize func(ctx context.Context, s askwire.Sample) (string, error)
	samples   []askwire.Sample
	questions []askwire.Question
	plans     int
	cancelled atomic.Int64

	warm bool                // what was planned before is ready, and what was said is said again
	said map[[32]byte]string // by the rows' digest
}

// set changes the script; sessions, and summaries that come late, may be reading it.
func (a *asker) set(change func(*asker)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a)
}

// summarised are the samples that were to be summarised, lastQuestion is what was planned last, planned how much.
func (a *asker) summarised() []askwire.Sample {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.samples)
}

func (a *asker) lastQuestion() askwire.Question {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.questions[len(a.questions)-1]
}

func (a *asker) planned() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.plans
}

func (a *asker) Ready(q *askwire.Question, gate guard.Gate) (*askwire.Plan, guard.Statement, bool) {
	a.mu.Lock()
	known := a.warm && slices.ContainsFunc(a.questions, func(o askwire.Question) bool { return o.Text == q.Text })
	a.mu.Unlock()
	if !known {
		return nil, guard.Statement{}, false
	}
	p, st, err := a.Plan(context.Background(), q, gate)
	if err != nil {
		return nil, guard.Statement{}, false
	}
	p.Cached = true
	return p, st, true
}

func (a *asker) Said(_ *askwire.Question, _ *askwire.Plan, _ guard.Statement, digest [32]byte) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	text, ok := a.said[digest]
	return text, ok
}

func (a *asker) Plan(ctx context.Context, q *askwire.Question, gate guard.Gate) (*askwire.Plan, guard.Statement, error) {
	a.mu.Lock()
	text, ok := a.sql[q.Text]
	hold, planning := a.hold, a.planning
	a.plans++
	a.questions = append(a.questions, *q)
	a.mu.Unlock()
	if hold != nil {
		q.Progress("asking the model")
		planning <- struct{}{}
		select {
		case <-hold:
		case <-ctx.Done():
			a.cancelled.Add(1)
			return nil, guard.Statement{}, context.Cause(ctx)
		}
	}
	if !ok {
		return nil, guard.Statement{}, askwire.Errorf(askwire.NotAnswerable, "The tables do not answer this question.").WithHint("Ask about orders.")
	}
	p := &askwire.Plan{ID: q.ID, Question: q.Text, Draft: text, Model: "default", Trust: askwire.Generated, Calls: 1,
		Tokens: askwire.Tokens{Input: 100, Output: 20}, PromptDigest: "d1", Explanation: "as scripted", Assumptions: []string{"none of note"}}
	if q.Params == 0 {
		st, err := gate.Check(text)
		return p, st, err
	}
	for i := 1; i <= q.Params; i++ { // as nl does, for SQL that uses each once and in order
		text = strings.Replace(text, askwire.ParamName(i), "?", 1)
		p.Markers = append(p.Markers, askwire.Marker{Number: i})
	}
	p.Draft = text
	st, err := gate.Prepare(text)
	return p, st, err
}

func (a *asker) Argument(_ *askwire.Question, _ askwire.Marker, v askwire.Value) (askwire.Value, error) {
	return v, nil
}

func (a *asker) Prompt(_ context.Context, q *askwire.Question, _ guard.Gate) (string, error) {
	return "prompt for " + q.Text, nil
}

func (a *asker) Tables(_ context.Context, q *askwire.Question, _ guard.Gate) ([]askwire.RankedTable, error) {
	var out []askwire.RankedTable
	for _, t := range q.Snapshot.Tables {
		out = append(out, askwire.RankedTable{Table: t, Score: 1, Reason: "listed"})
	}
	return out, nil
}

func (a *asker) Summarize(ctx context.Context, _ *askwire.Question, _ *askwire.Plan, _ guard.Statement, s askwire.Sample) (string, error) {
	a.mu.Lock()
	fn := a.summarize
	a.samples = append(a.samples, s)
	a.mu.Unlock()
	if fn != nil {
		return fn(ctx, s)
	}
	text := fmt.Sprintf("%d rows, complete %v", len(s.Rows), s.Complete)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.warm && s.Digest != [32]byte{} {
		a.said[s.Digest] = text
	}
	return text, nil
}

func (a *asker) Narrate(_ context.Context, _ *askwire.Question, _ *askwire.Plan, _ guard.Statement, s askwire.Sample) (string, error) {
	return fmt.Sprintf("There are %d.", len(s.Rows)), nil
}

func (a *asker) SuggestionsFor(*askwire.Question, guard.Gate) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.sql))
}
