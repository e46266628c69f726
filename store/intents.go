package store

import (
	"context"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// intent is a Begin that waits for its commit.
type intent struct {
	row  *queryRow
	done chan error // buffered: the caller may have gone
}

// Begin records that a question is about to be answered. With audit = required it returns after the record is committed,
// and an error means that the question must not be asked. Callers that wait at the same time share a commit.
//
// With best_effort it returns at once and never fails, and the record is written when the question is not answered within a
// second: one that is has its completion, which says more.
func (s *Store) Begin(ctx context.Context, r *askwire.QueryRecord) error {
	if s.opts.Audit == BestEffort {
		s.begun.put(r)
		return nil
	}
	row := s.intentRow(r)
	if !s.health.ready() {
		return s.down(s.health.cause())
	}
	in := &intent{row: row, done: make(chan error, 1)}
	if err := s.offer(ctx, in); err != nil {
		return err
	}
	select {
	case err := <-in.done:
		if err != nil {
			return s.down(err)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// begun holds the questions that are being answered and have no record yet.
type begun struct {
	mu   sync.Mutex
	byID map[string]*askwire.QueryRecord // copies: the caller fills its own in
	free []*askwire.QueryRecord
}

// intentAge is how long a question may take before its intent is written.
const intentAge = time.Second

func (b *begun) put(r *askwire.QueryRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.free); n > 0 {
		c := b.free[n-1]
		b.free = b.free[:n-1]
		*c = *r
		b.byID[r.ID] = c
		return
	}
	c := *r
	b.byID[r.ID] = &c
}

func (b *begun) drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.byID[id]; c != nil && len(b.free) < 64 {
		*c = askwire.QueryRecord{}
		b.free = append(b.free, c)
	}
	delete(b.byID, id)
}

// take hands out the questions that began before at.
func (b *begun) take(at time.Time) []*askwire.QueryRecord {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*askwire.QueryRecord
	for id, r := range b.byID {
		if r.At.Before(at) {
			out = append(out, r)
			delete(b.byID, id)
		}
	}
	return out
}

// commitBegun writes the intents of questions that began before at.
func (s *Store) commitBegun(ctx context.Context, at time.Time) {
	records := s.begun.take(at)
	for len(records) > 0 {
		n := min(len(records), groupRows)
		group := make([]entry, n)
		for i := range group {
			group[i] = entry{Intent: s.intentRow(records[i])}
		}
		s.commit(ctx, group)
		records = records[n:]
	}
}

func (s *Store) intentRow(r *askwire.QueryRecord) *queryRow {
	row := s.queryRow(r)
	row.Verdict = "begun"
	if len(s.redact.columns) > 0 {
		// What the question is about is not known yet; the completion brings the text back where it may be kept.
		texts := *row.QueryTexts
		texts.Question, texts.Redacted, texts.key = maskWords(texts.Question), true, nil
		row.QueryTexts = &texts
	}
	return row
}

func (s *Store) offer(ctx context.Context, in *intent) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return askwire.Errorf(askwire.ShuttingDown, "askwire is shutting down.").WithHint("Connect again in a moment.")
	}
	select {
	case s.intents <- in:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// intentLoop commits waiting intents together. It has a connection of its own, so that a question never waits for the
// history of others.
func (s *Store) intentLoop(ctx context.Context) {
	for {
		select {
		case in := <-s.intents:
			s.commitIntents(ctx, in)
		case <-s.stop:
			for {
				select {
				case in := <-s.intents:
					s.commitIntents(ctx, in)
				default:
					return
				}
			}
		}
	}
}

func (s *Store) commitIntents(ctx context.Context, first *intent) {
	group, size := []*intent{first}, first.row.size()
	for len(group) < groupRows && size < groupBytes {
		select {
		case in := <-s.intents:
			group = append(group, in)
			size += in.row.size()
			continue
		default:
		}
		break
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	err := s.writeIntents(ctx, group)
	if refusedForContent(err) && len(group) > 1 { // one bad record must not refuse the questions of others
		for _, in := range group {
			in.done <- s.writeIntents(ctx, []*intent{in})
		}
		return
	}
	if err != nil && !refusedForContent(err) {
		s.failed(err)
	}
	for _, in := range group {
		in.done <- err
	}
}

func (s *Store) writeIntents(ctx context.Context, group []*intent) error {
	rows := make([]valued, len(group))
	for i, in := range group {
		rows[i] = in.row
	}
	var err error
	for range 4 {
		err = insert(ctx, s.db, intentInsert, rows)
		if !deadlocked(err) {
			break
		}
	}
	return err
}
