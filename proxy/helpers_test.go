package proxy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// house is a running proxy in front of a real server, with a scripted asker.
type house struct {
	t      testing.TB
	engine *enginetest.Server
	db     string // the database of the test
	direct *sql.DB
	srv    *Server
	addr   string
	dir    *directory
	asker  *asker
	rec    *recorder
	pool   *wire.Pool
	hands  *wire.Handshaker
}

const schema = `
CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL COMMENT '이름', ssn VARCHAR(20), phone VARCHAR(20));
CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, total DECIMAL(10,2) NOT NULL DEFAULT 0, note VARCHAR(40) DEFAULT 'none', at DATETIME NULL, KEY by_customer (customer_id));
CREATE TABLE secrets (id INT PRIMARY KEY, v VARCHAR(40));
INSERT INTO customers VALUES (1, '김민수', '900101-1', '010-1111-2222'), (2, 'Ana', '900102-2', NULL), (3, 'Bo', NULL, '010-3333-4444');
INSERT INTO orders (customer_id, total, note, at) VALUES (1, 10.50, 'a', '2026-01-01 10:00:00'), (1, 20.25, NULL, '2026-01-02 11:00:00'), (2, 5.00, 'c', NULL), (3, 7.75, 'd', '2026-02-01 00:00:00');
INSERT INTO secrets VALUES (1, 'TOP SECRET');
`

// open builds the house on MariaDB; change may alter profile and user before the server starts.
func open(t testing.TB, change ...func(*askwire.Profile, *askwire.User)) *house {
	t.Helper()
	return openOn(t, enginetest.Get(t, engine.MariaDB), change...)
}

func openOn(t testing.TB, e *enginetest.Server, change ...func(*askwire.Profile, *askwire.User)) *house {
	t.Helper()
	h := &house{t: t, engine: e, asker: &asker{sql: map[string]string{}}, rec: &recorder{drafts: map[string]askwire.QueryRecord{}}}
	h.db = e.NewDatabase(t)
	h.direct = e.Open(t, h.db)
	h.exec(schema)
	profile := &askwire.Profile{Name: "customer", Backend: "main", Tables: []string{h.db + ".customers", h.db + ".orders"},
		DenyColumns: []string{h.db + ".customers.ssn"}, PlainSQL: "guarded", LLMData: "rows", Summary: "first",
		SummaryWait: askwire.Duration{Duration: 10 * time.Second}, Models: []string{"default"}, Cartesian: true,
		Limits: askwire.Limits{Rows: 100000, Bytes: 64 << 20, Time: askwire.Duration{Duration: 20 * time.Second}, ScanRows: 1 << 40}}
	user := &askwire.User{Name: "ana", Profiles: []string{"customer"}}
	for _, fn := range change {
		fn(profile, user)
	}
	h.dir = &directory{t: t, snap: h.introspect(), users: map[string]*askwire.User{"ana": user, "bob": {Name: "bob", Profiles: []string{"customer"}}},
		profiles: map[string]*askwire.Profile{profile.Name: profile}, vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "1"}}}
	h.pool = h.newPool()
	h.dir.pool = h.pool
	h.start()
	return h
}

func (h *house) exec(q string) {
	h.t.Helper()
	if _, err := h.direct.ExecContext(h.t.Context(), q); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) newPool() *wire.Pool { return h.newPoolAs("root") }

// ownAccount makes the proxy read with an account that nothing else on this shared server uses, so that a test can end its
// connections and no others. killAll ends them.
func (h *house) ownAccount() (killAll func()) {
	h.t.Helper()
	account := "'" + h.db + "'@'%'"
	h.exec("CREATE USER " + account)
	h.t.Cleanup(func() { _, _ = h.direct.Exec("DROP USER " + account) })
	h.exec("GRANT ALL ON *.* TO " + account)
	h.pool = h.newPoolAs(h.db)
	h.dir.change(func() { h.dir.pool = h.pool })
	return func() {
		h.t.Helper()
		rows, err := h.direct.QueryContext(h.t.Context(), "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '"+h.db+"'")
		if err != nil {
			h.t.Fatal(err)
		}
		var ids []int
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				h.t.Fatal(err)
			}
			ids = append(ids, id)
		}
		rows.Close()
		if len(ids) == 0 {
			h.t.Fatal("the proxy has no connection to the backend")
		}
		for _, id := range ids {
			h.exec(fmt.Sprintf("KILL %d", id))
		}
		until(h.t, "the server to close the connections", func() bool {
			var left int
			err := h.direct.QueryRowContext(h.t.Context(), "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '"+h.db+"'").Scan(&left)
			return err == nil && left == 0
		})
	}
}

func (h *house) newPoolAs(user string) *wire.Pool {
	p, err := wire.NewPool(wire.PoolConfig{Backend: wire.BackendConfig{Name: "main", Addresses: []wire.Address{{Network: "tcp", Addr: h.engine.Addr}},
		User: user}, Size: 8, StopTime: time.Minute, Init: guard.ControlInit(h.engine.Family)})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.Close() })
	return p
}

func (h *house) start() {
	h.t.Helper()
	var err error
	version := h.dir.snap.Server.Version + "-askwire"
	h.hands, err = wire.NewHandshaker(wire.HandshakeConfig{Version: version, Timeout: time.Minute})
	if err != nil {
		h.t.Fatal(err)
	}
	hash, err := wire.HashPassword("secret")
	if err != nil {
		h.t.Fatal(err)
	}
	cred, err := wire.ParseCredential(hash)
	if err != nil {
		h.t.Fatal(err)
	}
	h.hands.SetUsers(map[string]wire.Credential{"ana": cred, "bob": cred})
	h.srv, err = New(Config{Handshaker: h.hands, Directory: h.dir, Asker: h.asker, Recorder: h.rec,
		Log: slog.New(slog.NewTextHandler(testLog{h.t}, nil)), Settings: Settings{AuditRequired: true, AuditPlain: "all"}})
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.srv.Serve(l) }()
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.srv.Shutdown(ctx); err != nil {
			h.t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			h.t.Errorf("serve: %v", err)
		}
	})
}

type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "a session panicked") {
		l.t.Errorf("%s", b)
	}
	return len(b), nil
}

// config is a client's, as the user.
func (h *house) config(user string, params map[string]string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = user, "secret", "tcp", h.addr, h.db
	c.AllowNativePasswords = true
	c.Params = params
	return c
}

func (h *house) client(change ...func(*mysql.Config)) *sql.DB {
	h.t.Helper()
	return h.clientOf("ana", change...)
}

func (h *house) clientOf(user string, change ...func(*mysql.Config)) *sql.DB {
	h.t.Helper()
	c := h.config(user, nil)
	for _, fn := range change {
		fn(c)
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		h.t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	h.t.Cleanup(func() { _ = db.Close() })
	return db
}

// conn is one session.
func (h *house) conn(change ...func(*mysql.Config)) *sql.Conn {
	h.t.Helper()
	return h.one(h.client(change...))
}

func (h *house) one(db *sql.DB) *sql.Conn {
	h.t.Helper()
	c, err := db.Conn(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// table runs a query and prints its result: headings, then a line for each row.
func table(t *testing.T, q querier, query string, args ...any) string {
	t.Helper()
	out, err := tryTable(t, q, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

func tryTable(t *testing.T, q querier, query string, args ...any) (string, error) {
	t.Helper()
	rows, err := q.QueryContext(t.Context(), query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	lines := []string{strings.Join(columns, "|")}
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		refs := make([]any, len(columns))
		for i := range values {
			refs[i] = &values[i]
		}
		if err := rows.Scan(refs...); err != nil {
			return "", err
		}
		cells := make([]string, len(columns))
		for i, v := range values {
			if cells[i] = v.String; !v.Valid {
				cells[i] = "NULL"
			}
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n"), rows.Err()
}

func do(t *testing.T, q querier, query string, args ...any) {
	t.Helper()
	if _, err := q.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// number is the error number of a query, 0 without an error.
func number(t *testing.T, q querier, query string, args ...any) int {
	t.Helper()
	_, err := tryTable(t, q, query, args...)
	return errNumber(err)
}

func errNumber(err error) int {
	var e *mysql.MySQLError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return int(e.Number)
	}
	return -1
}

// introspect makes the snapshot that the catalog would.
func (h *house) introspect() *askwire.Snapshot {
	h.t.Helper()
	s := askwire.Snapshot{Backend: "main", Version: 1, At: time.Now(), Server: askwire.Server{Family: h.engine.Family, Version: h.engine.Version,
		TimeZone: "UTC", Variables: map[string]string{}}}
	_, _ = fmt.Sscanf(h.engine.Version, "%d.%d", &s.Server.Major, &s.Server.Minor)
	rows, err := h.direct.QueryContext(h.t.Context(), "SHOW GLOBAL VARIABLES")
	if err != nil {
		h.t.Fatal(err)
	}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			h.t.Fatal(err)
		}
		s.Server.Variables[strings.ToLower(k)] = v
	}
	rows.Close()
	rows, err = h.direct.QueryContext(h.t.Context(), `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, COLUMN_KEY, EXTRA,
		IFNULL(CHARACTER_SET_NAME, ''), IFNULL(COLLATION_NAME, ''), COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?
		ORDER BY TABLE_NAME, ORDINAL_POSITION`, h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, null string
		var c askwire.Column
		if err := rows.Scan(&table, &c.Name, &c.Type, &c.DataType, &null, &c.Key, &c.Extra, &c.Charset, &c.Collation, &c.Comment); err != nil {
			h.t.Fatal(err)
		}
		c.Nullable = null == "YES"
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != table {
			s.Tables = append(s.Tables, &askwire.Table{DB: h.db, Name: table, Engine: "InnoDB", Rows: 4})
		}
		t := s.Tables[len(s.Tables)-1]
		t.Columns = append(t.Columns, c)
		if c.Key == "PRI" {
			t.PrimaryKey = append(t.PrimaryKey, c.Name)
		}
	}
	return askwire.NewSnapshot(s)
}

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
