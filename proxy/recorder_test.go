package proxy

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/askwire/askwire"
)

// recorder is a Recorder in memory.
type recorder struct {
	mu     sync.Mutex
	begun  []askwire.QueryRecord
	done   []askwire.QueryRecord
	drafts map[string]askwire.QueryRecord // id → user, question, SQL
	fail   error
}

func (r *recorder) Full() bool { return false }

// fails makes every intent fail from now on.
func (r *recorder) fails(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

// intents are the records of what has begun.
func (r *recorder) intents() []askwire.QueryRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.begun)
}

// finished are the records of what has ended.
func (r *recorder) finished() []askwire.QueryRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.done)
}

func (r *recorder) Begin(_ context.Context, q *askwire.QueryRecord) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	r.begun = append(r.begun, *q)
	r.drafts[q.ID] = *q
	return nil
}

func (r *recorder) Finish(_ context.Context, q *askwire.QueryRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, *q)
}

func (r *recorder) Asked(_ context.Context, user, id string) (*askwire.QueryRecord, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.drafts[id]
	if !ok || d.User != user {
		return nil, askwire.Errorf(askwire.UnknownStatement, "You have no statement with this id.").WithHint("Ask with ASK SQL.")
	}
	return &d, nil
}

func (r *recorder) Usage(context.Context, string) (askwire.Usage, error) {
	return askwire.Usage{Questions: 3, Tokens: 120}, nil
}

// last is the record that was finished last.
func (r *recorder) last(t *testing.T) askwire.QueryRecord {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.done) == 0 {
		t.Fatal("nothing was recorded")
	}
	return r.done[len(r.done)-1]
}
