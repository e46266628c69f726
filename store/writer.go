package store

import (
	"context"
	"time"

	"github.com/askwire/askwire"
)

// Finish hands over a completed statement's record. It returns at once and never fails: what cannot be written now is
// written later. Plain statements are recorded as audit_plain says.
func (s *Store) Finish(ctx context.Context, r *askwire.QueryRecord) {
	if r.Kind == "plain" && (s.opts.AuditPlain == Off || s.opts.AuditPlain == Denied && r.Verdict != "denied") {
		return
	}
	if s.opts.Audit == BestEffort && r.Kind != "plain" {
		s.begun.drop(r.ID)
	}
	row := s.queryRow(r)
	if row.ID == "" { // ids are keys: records without one would overwrite each other
		row.ID = askwire.NewID()
	}
	if r.Kind != "plain" || r.Draft != "" {
		s.recent.put(row, r)
	}
	s.enqueue(ctx, entry{Query: row})
}

// ModelCall hands over the record of one call of a model. It returns at once.
func (s *Store) ModelCall(ctx context.Context, c *askwire.ModelCall) {
	s.enqueue(ctx, entry{Call: s.callRow(c)})
}

// Full reports whether Finish and ModelCall may have to wait.
func (s *Store) Full() bool { return len(s.queue) >= queueSize*3/4 }

// enqueue waits a moment for room; a queue that stays full means a server that cannot keep up, and then the record goes
// to the spool from here. The same goes for a caller that leaves and for a store that is closed.
func (s *Store) enqueue(ctx context.Context, e entry) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		s.toSpool([]entry{e})
		return
	}
	select {
	case s.queue <- e:
		return
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case s.queue <- e:
	case <-timer.C:
		s.toSpool([]entry{e})
	case <-ctx.Done():
		s.toSpool([]entry{e})
	}
}

// toSpool is the last resort; what it cannot keep is lost, counted and said.
func (s *Store) toSpool(group []entry) {
	if len(group) == 0 {
		return
	}
	if err := s.spool.append(group); err != nil {
		total := s.lost.Add(int64(len(group)))
		s.log.Error("store: records are lost: neither the server nor the spool takes them",
			"records", len(group), "total", total, "error", err)
	}
}

// writeLoop is the one writer of completions, model calls and counts, and the one who replays the spool.
func (s *Store) writeLoop(ctx context.Context) {
	s.catchUp(ctx)
	for {
		var group []entry
		timer := time.NewTimer(s.nextVisit())
		select {
		case e := <-s.queue:
			group = s.gather(e)
		case <-s.kick:
		case <-timer.C:
		case <-s.stop:
			timer.Stop()
			s.drain(ctx)
			return
		}
		timer.Stop()
		s.commit(ctx, group)
		s.commitBegun(ctx, s.opts.Clock().Add(-intentAge))
		s.catchUp(ctx)
		if s.quota.due() == 0 {
			s.flushUse(ctx)
		}
	}
}

// nextVisit is when the writer looks after the server, the counts and the questions that are being answered without being
// asked to.
func (s *Store) nextVisit() time.Duration {
	if wait := s.health.wait(); wait > 0 {
		return min(wait, intentAge)
	}
	return min(s.quota.due(), intentAge)
}

// gather takes what is waiting, up to a group's size. When the group before was a large one it waits for more first: large
// groups cost the server less, and to be woken by each record costs more than to write it.
func (s *Store) gather(first entry) []entry {
	if s.busy && len(s.queue) < groupRows {
		timer := time.NewTimer(linger)
		select {
		case <-timer.C:
		case <-s.stop:
			timer.Stop()
		}
	}
	group, size := []entry{first}, first.size()
	defer func() { s.busy = len(group) >= busyGroup }()
	for len(group) < groupRows && size < groupBytes {
		select {
		case e := <-s.queue:
			group = append(group, e)
			size += e.size()
		default:
			return group
		}
	}
	return group
}

func (e entry) size() int {
	switch {
	case e.Intent != nil:
		return e.Intent.size()
	case e.Query != nil:
		return e.Query.size()
	case e.Call != nil:
		return e.Call.size()
	}
	return 128
}

// commit writes a group to the server, or to the spool when the server is down.
func (s *Store) commit(ctx context.Context, group []entry) {
	if len(group) == 0 {
		return
	}
	if !s.health.ready() {
		s.toSpool(group)
		return
	}
	if err := s.writeOrReject(ctx, group); err != nil {
		s.failed(err)
		s.toSpool(group)
		return
	}
	s.succeeded()
}

// writeOrReject writes a group; when the server refuses it for what is in it, record by record, setting the bad ones
// aside.
func (s *Store) writeOrReject(ctx context.Context, group []entry) error {
	err := s.writeAgain(ctx, group)
	if err == nil || !refusedForContent(err) {
		return err
	}
	for _, e := range group {
		err := s.writeAgain(ctx, []entry{e})
		if err == nil {
			continue
		}
		if !refusedForContent(err) {
			return err
		}
		s.rejected.Add(1)
		s.log.Error("store: the server refuses a record; it is kept in rejected.jsonl", "error", err)
		if err := s.spool.reject(e); err != nil {
			s.lost.Add(1)
			s.log.Error("store: a record is lost: rejected.jsonl cannot be written", "error", err)
		}
	}
	return nil
}

// writeAgain writes, and tries again when the server gave up in favour of another proxy's group.
func (s *Store) writeAgain(ctx context.Context, group []entry) error {
	err := s.write(ctx, group)
	for range 3 {
		if !deadlocked(err) {
			break
		}
		err = s.write(ctx, group)
	}
	return err
}

// catchUp connects when that is due, and replays what the spool holds.
func (s *Store) catchUp(ctx context.Context) {
	if s.health.wait() > 0 {
		return
	}
	if !s.health.ready() {
		if err := s.connect(ctx); err != nil {
			s.failed(err)
			return
		}
	}
	if s.spool.size() == 0 {
		s.succeeded()
		return
	}
	// With records waiting, only a group that was written proves that the server can be used: one with a full disk still
	// answers a ping.
	n, bad, err := s.spool.replay(func(group []entry) error {
		err := s.writeOrReject(ctx, group)
		if err == nil {
			s.succeeded()
		}
		return err
	})
	s.replayed.Add(int64(n))
	if bad > 0 {
		s.rejected.Add(int64(bad))
		s.log.Error("store: lines of the spool cannot be read; they are kept in rejected.jsonl", "lines", bad)
	}
	if err != nil {
		s.failed(err)
		return
	}
	s.log.Info("store: the spool is replayed", "records", n)
}

// drain empties the queue once no more can be put into it.
func (s *Store) drain(ctx context.Context) {
	for {
		select {
		case e := <-s.queue:
			s.commit(ctx, s.gather(e))
		default:
			s.commitBegun(ctx, s.opts.Clock().Add(time.Hour))
			s.flushUse(ctx)
			s.toSpool(s.quota.takeAll())
			return
		}
	}
}
