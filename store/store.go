// Package store remembers: the history of questions, statements and model calls, the saved questions and what people said
// about answers, and what each principal has used today.
// It lives in one schema of any MySQL-compatible server.
//
// Its main type is Store. Begin makes a question's intent durable before anything leaves; Finish and ModelCall hand over
// what happened and return at once. Everything handed over goes through a bounded queue and one writer that commits in
// groups; while the server is down or its disk is full, groups go to a spool file instead, one fsync each, and are
// replayed later. Replaying a record twice does no harm. When even the spool fails, the loss is counted and logged.
//
// A caller must Close the store, and may use it before the server is up. The package does not decide who may read the
// history: it hands out the profiles (OwnRows, AllRows) that the guard enforces.
package store

import (
	"context"
	"database/sql"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
)

// Modes of Options.Audit and Options.AuditPlain.
const (
	Required   = "required"    // a question without a durable intent record is refused
	BestEffort = "best_effort" // questions are answered whether or not the store is up
	All        = "all"         // every plain statement is recorded
	Denied     = "denied"      // those that were refused are
	Off        = "off"         // none is
)

// Options say where the store is and what it keeps.
type Options struct {
	DSN        string // go-sql-driver form; the account may create the schema, or the schema exists and it may create tables
	Schema     string // "" = askwire
	Audit      string // Required or BestEffort
	AuditPlain string // All, Denied or Off
	Retain     time.Duration
	Redact     []string // columns ("phone" or "db.table.phone") whose statements are recorded without literals
	SpoolDir   string   // created when missing; several proxies may share it
	SpoolLimit int64    // bytes; 0 = 1 GiB
	Logger     *slog.Logger
	Clock      askwire.Clock // days begin at midnight in its times' location; nil = time.Now

	retry        time.Duration // first pause after a failure; tests shorten it
	poll         time.Duration // between two looks for other proxies' saved questions; tests shorten it
	candidateAge time.Duration // below which candidates are not collected again; tests shorten it
}

const (
	queueSize    = 4096
	patience     = 100 * time.Millisecond // that a caller waits for room in the queue before its record goes to the spool
	groupRows    = 512
	groupBytes   = 1 << 20
	busyGroup    = 8                     // entries of a group after which the writer waits for more
	linger       = 50 * time.Millisecond // and for how long
	writeTimeout = 5 * time.Second
	firstRetry   = 250 * time.Millisecond
	lastRetry    = 2 * time.Second
	retainPeriod = time.Hour
	defaultSpool = 1 << 30
)

// chunks are the rows of prepared INSERTs.
var chunks = []int{256, 32}

// Store is safe for concurrent use.
type Store struct {
	opts   Options
	schema string
	config *mysql.Config
	db     *sql.DB
	log    *slog.Logger
	redact redactor
	spool  *spool
	quota  *quota
	using  sync.Mutex // one transaction on table quota at a time: others of this process would only wait for its row lock
	recent recent
	texts  texts

	queue   chan entry
	begun   begun
	inserts map[chunk]*sql.Stmt // the writer's own
	busy    bool                // the writer's last group was a large one; its own
	intents chan *intent
	kick    chan struct{} // wakes the writer for counts that wait
	lookNow chan struct{} // wakes the follower

	id       string // of this proxy, in claims
	planning chan planChange

	following sync.Mutex // one reading of what is followed at a time
	followed  []*followed
	takeUses  func(map[askwire.SavedUse]float64)
	usesTaken time.Time

	health   health
	replayed atomic.Int64
	rejected atomic.Int64
	lost     atomic.Int64

	closing sync.RWMutex // held for reading while something is put into the queues
	closed  bool
	stop    chan struct{}
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

var schemaName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Open checks the options, claims the spool and starts to connect in the background; it does not wait for the server.
// It returns every problem of the options at once, joined.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Schema == "" {
		o.Schema = "askwire"
	}
	if o.SpoolLimit == 0 {
		o.SpoolLimit = defaultSpool
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.retry == 0 {
		o.retry = firstRetry
	}
	if o.poll == 0 {
		o.poll = pollPeriod
	}
	if o.candidateAge == 0 {
		o.candidateAge = candidateMaxAge
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	config, err := parseDSN(o.DSN)
	if err != nil {
		return nil, err
	}
	sp, err := openSpool(o.SpoolDir, o.SpoolLimit)
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Store{
		opts: o, schema: o.Schema, config: config, log: o.Logger, redact: newRedactor(o.Redact), spool: sp,
		quota: newQuota(o.Clock), texts: newTexts(), begun: begun{byID: make(map[string]*askwire.QueryRecord)}, inserts: make(map[chunk]*sql.Stmt),
		queue: make(chan entry, queueSize), intents: make(chan *intent, queueSize), kick: make(chan struct{}, 1), lookNow: make(chan struct{}, 1),
		id: askwire.NewID(), planning: make(chan planChange, planQueue),
		stop: make(chan struct{}), cancel: cancel,
	}
	s.health.clock, s.health.first = time.Now, o.retry
	if s.db, err = openDB(config, o.Schema); err != nil {
		cancel()
		sp.close()
		return nil, err
	}
	for _, loop := range []func(context.Context){s.writeLoop, s.intentLoop, s.retainLoop, s.followLoop, s.planLoop} {
		s.done.Add(1)
		go func() {
			defer s.done.Done()
			s.guarded(run, loop)
		}()
	}
	return s, nil
}

// Ready waits until the schema is there and migrated, or until ctx ends; it returns why not.
func (s *Store) Ready(ctx context.Context) error {
	for {
		if s.health.ready() {
			return nil
		}
		changed := s.health.changed()
		if s.health.ready() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s.down(s.health.cause())
		}
	}
}

// Status says how the store is.
type Status struct {
	Ready    bool
	Making   bool  // not ready, for the server is there, and the schema is being made or migrated
	Err      error // why it is not ready
	Queued   int
	Spooled  int64 // bytes that wait in the spool
	Replayed int64 // records, since the start
	Rejected int64 // records that the server refused for what is in them; they are in the spool's rejected.jsonl
	Lost     int64 // records that neither the server nor the spool took
}

// Status never blocks on the server.
func (s *Store) Status() Status {
	st := Status{
		Ready: s.health.ready(), Queued: len(s.queue), Spooled: s.spool.size(),
		Replayed: s.replayed.Load(), Rejected: s.rejected.Load(), Lost: s.lost.Load(),
	}
	if !st.Ready {
		st.Making, st.Err = s.health.isMaking(), s.health.cause()
	}
	return st
}

// Close writes what is queued, to the server or the spool, and ends the background work. When ctx ends first, what the
// server has not taken goes to the spool.
func (s *Store) Close(ctx context.Context) error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	s.closing.Unlock()
	close(s.stop)
	finished := make(chan struct{})
	go func() {
		s.done.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		s.cancel() // ends the statements under way; the loops then spool what is left
		<-finished
	}
	s.cancel()
	err := s.db.Close()
	if e := s.spool.close(); err == nil {
		err = e
	}
	return err
}

// down is the error for people when the server cannot be used.
func (s *Store) down(cause error) error {
	return askwire.Errorf(askwire.BackendUnavailable, "The store of askwire is not available, so this cannot be recorded or looked up.").
		WithHint("Try again later, or tell the operator.").Wrap(cause)
}

func (o *Options) check() error {
	bad := func(format string, args ...any) error {
		return askwire.Errorf(askwire.WrongValue, format, args...).WithHint("Correct the [store] section of the configuration.")
	}
	switch {
	case o.Audit != Required && o.Audit != BestEffort:
		return bad("audit is %q; it can be required or best_effort.", o.Audit)
	case o.AuditPlain != All && o.AuditPlain != Denied && o.AuditPlain != Off:
		return bad("audit_plain is %q; it can be all, denied or off.", o.AuditPlain)
	case o.Retain < 0:
		return bad("retain is negative.")
	case o.SpoolDir == "":
		return bad("The spool has no folder.")
	case !schemaName.MatchString(o.Schema):
		return bad("The schema %q is not a plain lower-case name.", o.Schema)
	}
	return nil
}
