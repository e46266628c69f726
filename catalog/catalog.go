// Package catalog knows what is in a database: it reads a backend's information_schema into an immutable
// askwire.Snapshot, keeps that snapshot fresh in the background, merges what people wrote about it (annotations) and ranks
// tables for a question (Search).
//
// Its main type is Catalog, one for each backend. Snapshot never blocks; it returns nil until the backend was read once,
// because a backend that is down must not keep the proxy from starting. A refresh that fails keeps the old snapshot and
// says so in Status. A catalog that did not change keeps its snapshot pointer and Version, so that both may key caches.
//
// The room runs only statements whose text is fixed here (identifiers in sample queries come from information_schema and
// are quoted); nothing that a client or a model wrote passes through it. It decides nothing about who may see what: the
// guard reduces snapshots to a profile's scope.
package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
)

// Options say which backend to read, and how.
type Options struct {
	Name    string        // of the [[backend]]; Snapshot.Backend
	DSN     string        // go-sql-driver form; a SELECT-only account is enough
	Refresh time.Duration // between two readings; 0 = 60s
	// Schemas, when set, are the only schemas that are read. Otherwise all but the system's and askwire's own are.
	Schemas []string
	// Sample allows reading a few values of a column. Nil = no values are read.
	Sample func(askwire.ColumnRef) bool
	// Annotations are merged into every snapshot; Annotate replaces them.
	Annotations []Annotations
	// OnRefresh, if set, is called after every attempt by the goroutine that made it. It must not call the catalog's
	// RefreshNow, Annotate or Close.
	OnRefresh func(Status)
	// OnDrift, if set, is called in the same way with what a refresh found changed in the schema, before the change is seen.
	OnDrift func([]askwire.Drift)
	Logger  *slog.Logger
	Clock   askwire.Clock // for Snapshot.At and Status; nil = time.Now
}

// Status says how the last reading went.
type Status struct {
	Ready       bool // a snapshot exists
	Version     uint64
	Tables      int
	LastAttempt time.Time
	LastSuccess time.Time
	Took        time.Duration
	Err         error   // of the last attempt; nil when it succeeded
	Problems    []error // annotations that do not fit the snapshot
}

const (
	defaultRefresh = time.Minute
	refreshTimeout = 2 * time.Minute // of one reading, 100,000 columns over a slow line included
	openTimeout    = 10 * time.Second
	firstRetry     = time.Second
	hurriedRest    = 10 // of its time a catalog that is hurried all the time does nothing in all but one part
)

// Catalog holds the snapshot of one backend. Its methods are safe for concurrent use.
type Catalog struct {
	opts Options
	db   *sql.DB
	log  *slog.Logger

	snap   atomic.Pointer[askwire.Snapshot]
	status atomic.Pointer[Status]

	mu          sync.Mutex        // one reading at a time
	raw         *askwire.Snapshot // as read, before annotations
	version     uint64
	annotations []Annotations
	samples     *sampler

	hurried chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
}

// Open reads the backend once and starts refreshing in the background. It fails only on options that can never work;
// when the backend cannot be read, the catalog has no snapshot yet, Status().Err says why, and reading goes on.
func Open(ctx context.Context, o Options) (*Catalog, error) {
	if o.Refresh <= 0 {
		o.Refresh = defaultRefresh
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := OpenDB(o.DSN)
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &Catalog{
		opts: o, db: db, log: o.Logger.With("backend", o.Name), annotations: o.Annotations,
		samples: newSampler(), hurried: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{}),
	}
	c.status.Store(&Status{})
	first, stop := context.WithTimeout(ctx, openTimeout)
	err = c.RefreshNow(first)
	stop()
	if err != nil {
		c.log.Warn("catalog: the backend could not be read; trying again in the background", "error", err)
	}
	go c.run(run)
	return c, nil
}

// Snapshot returns the newest snapshot, or nil when the backend was never read. It never blocks.
func (c *Catalog) Snapshot() *askwire.Snapshot { return c.snap.Load() }

// Status says how the last reading went.
func (c *Catalog) Status() Status { return *c.status.Load() }

// Close stops refreshing and waits for it.
func (c *Catalog) Close() error {
	c.cancel()
	<-c.done
	return c.db.Close()
}

func (c *Catalog) run(ctx context.Context) {
	defer close(c.done)
	var retry time.Duration
	for {
		wait := c.opts.Refresh
		if c.Status().Err != nil {
			retry = nextRetry(retry, c.opts.Refresh)
			wait = retry
		} else {
			retry = 0
		}
		ended := time.Now()
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-c.hurried:
			timer.Reset(min(wait, max(firstRetry, hurriedRest*c.Status().Took)) - time.Since(ended))
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
		}
		select { // what was hurried until now is served by this reading
		case <-c.hurried:
		default:
		}
		c.refreshInBackground(ctx)
	}
}

// Hurry has the backend read before its time, because it has refused something that the snapshot has. It does not wait. However often it
// is called, there is a second between two readings, and ten times what one takes.
func (c *Catalog) Hurry() {
	select {
	case c.hurried <- struct{}{}:
	default:
	}
}

// nextRetry is the wait after a failure that came after the wait before; 0 = it is the first.
func nextRetry(before, limit time.Duration) time.Duration {
	return min(max(2*before, firstRetry), limit)
}

// refreshInBackground logs what RefreshNow returns: nobody else would see it. Only changes of state are logged.
func (c *Catalog) refreshInBackground(ctx context.Context) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("catalog: panic while reading the backend", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	before := c.Status()
	ctx, stop := context.WithTimeout(ctx, refreshTimeout)
	defer stop()
	err := c.RefreshNow(ctx)
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil && before.Err == nil:
		c.log.Warn("catalog: refresh failed; the old snapshot stays", "error", err)
	case err == nil && before.Err != nil:
		c.log.Info("catalog: the backend can be read again")
	}
}

// RefreshNow reads the backend and publishes what changed. On an error the old snapshot stays.
func (c *Catalog) RefreshNow(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	start := time.Now()
	st := c.Status()
	st.LastAttempt = c.opts.Clock()
	snap, err := introspect(ctx, c.db, c.opts.Name, c.opts.Schemas)
	if err != nil {
		st.Err = askwire.Errorf(askwire.BackendUnavailable, "The catalog of backend %q cannot be read.", c.opts.Name).
			WithHint("Check that the server runs and that the account of its dsn may log in and read its tables.").Wrap(err)
	} else {
		st.Err, st.LastSuccess = nil, st.LastAttempt
		snap.At = st.LastAttempt
		c.samples.read(ctx, c.db, snap, c.opts.Sample)
		if c.raw == nil || changed(c.raw, snap) {
			if c.raw != nil && c.opts.OnDrift != nil {
				if found := drift(c.raw, snap); len(found) > 0 {
					c.opts.OnDrift(found)
				}
			}
			c.raw = snap
			st.Problems = c.publish()
		}
	}
	st.Took = time.Since(start)
	c.report(&st)
	if st.Err != nil {
		return fmt.Errorf("%w (%w)", st.Err, err)
	}
	return nil
}

// Annotate replaces the annotations, publishes a snapshot that has them, and returns the problems of merging them.
// Without a snapshot there is nothing to compare them with yet: the problems show in Status after the first reading.
func (c *Catalog) Annotate(files []Annotations) []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.annotations = files
	if c.raw == nil {
		return nil
	}
	st := c.Status()
	st.Problems = c.publish()
	c.report(&st)
	return st.Problems
}

// Problems are those that Annotate would return; nothing changes. Without a snapshot, only contradictions show.
func (c *Catalog) Problems(files []Annotations) []error {
	c.mu.Lock()
	raw := c.raw
	c.mu.Unlock()
	if raw == nil {
		return Contradictions(files)
	}
	_, problems := Merge(raw, files)
	return problems
}

// publish merges the annotations into the last reading and makes it the snapshot. The caller holds mu.
func (c *Catalog) publish() []error {
	merged, problems := Merge(c.raw, c.annotations)
	c.version++
	merged.Version = c.version
	c.snap.Store(merged)
	return problems
}

func (c *Catalog) report(st *Status) {
	if s := c.snap.Load(); s != nil {
		st.Ready, st.Version, st.Tables = true, s.Version, len(s.Tables)
	}
	c.status.Store(st)
	if c.opts.OnRefresh != nil {
		c.opts.OnRefresh(*st)
	}
}
