package guard

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// canaries are values that no policy of the proof shows; the tables that hold them are secrets and salaries, and the column
// ssn. Raw e-mail addresses are hidden by the mask of the second policy only.
var canaries = []string{"TOPSECRET", "123-45-", "canary-emp", "7731905.17"}

// proofServer is a server of its own with the shop's tables and canaries, the same as hand-written views, and its own log
// of the tables that were read.
type proofServer struct {
	server   *enginetest.Server
	done     <-chan struct{}
	admin    *sql.DB
	through  *sql.DB // what the gate admits runs here, as root: the account stops nothing
	direct   map[string]*sql.DB
	policies [2]proofPolicy
	bare     Gate   // hides nothing of the three tables
	before   string // state
	latest   []string
	seed     int       // rows of shop.orders
	until    time.Time // of all statements of one input; zero = each has its own time
}

// proofPolicy is a policy, and databases in which its tables are made by hand: views; the same with a LIMIT that cuts
// nothing; and two copies whose rows lie in another order and without indexes. A statement whose result differs between
// those does not determine its rows, or the server contradicts itself.
type proofPolicy struct {
	gate   Gate
	views  string // the others are this name with _limit, _up, _down behind it
	hidden []string
}

var otherViews = []string{"_limit", "_up", "_down"}

// startProof starts a server that counts reads per table, and fills it.
func startProof(t testing.TB, kind engine.Kind) *proofServer {
	t.Helper()
	args := map[engine.Kind][]string{
		engine.MariaDB11: {"--userstat=1"}, engine.MariaDB: {"--userstat=1"},
		engine.MySQL: {"--performance-schema=ON", "--performance-schema-instrument=%=OFF", "--performance-schema-instrument=wait/io/table/%=COUNTED"},
	}
	w := &proofServer{direct: map[string]*sql.DB{}}
	w.server, w.done = enginetest.Own(t, kind, args[kind]...)
	w.admin = w.open(t, "")
	w.exec(t, "CREATE DATABASE shop CHARACTER SET utf8mb4")
	w.loadCanaries(t)
	rows := rowProfile()
	vars := map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7"}}
	snap := w.snapshot()
	w.policies = [2]proofPolicy{
		{gate: Gate{Policy: compileProof(t, rows, snap), Session: Session{Database: "shop", Vars: vars}},
			views: "shop_rows", hidden: append(slices.Clone(canaries), "@x.com")},
		{gate: Gate{Policy: compileProof(t, shopProfile(), snap), Session: Session{Database: "shop"}},
			views: "shop_plain", hidden: canaries},
	}
	w.bare = Gate{Policy: compileProof(t, &askwire.Profile{Name: "bare", Tables: shopProfile().Tables}, snap), Session: Session{Database: "shop"}}
	w.handWritten(t)
	w.through = w.open(t, "")
	for _, p := range w.policies {
		w.direct[p.views] = w.open(t, p.views)
		for _, other := range otherViews {
			w.direct[p.views+other] = w.open(t, p.views+other)
		}
	}
	w.seesFiles(t)
	w.before = w.state(t)
	return w
}

func compileProof(t testing.TB, p *askwire.Profile, s *askwire.Snapshot) *Policy {
	t.Helper()
	policy, errs := Compile(p, s, HashKey([]byte("test")))
	if policy == nil || len(errs) > 0 {
		t.Fatal(errs)
	}
	return policy
}

func (w *proofServer) snapshot() *askwire.Snapshot {
	snap := *shopSnapshot(w.server.Family)
	snap.Server.LowerCase = lowerCase(w.server.Family)
	if major, minor, ok := versionOf(w.server.Version); ok {
		snap.Server.Version, snap.Server.Major, snap.Server.Minor = w.server.Version, major, minor
	}
	return askwire.NewSnapshot(snap)
}

func versionOf(text string) (major, minor int, ok bool) {
	if i := strings.Index(text, "TiDB-v"); i >= 0 {
		text = text[i+len("TiDB-v"):]
	}
	n, err := fmt.Sscanf(text, "%d.%d", &major, &minor)
	return major, minor, err == nil && n == 2
}

// open returns a pool of one connection, pinned as the product pins its own, with a limit on a statement's time. Its state
// is set by the DSN, so that a connection that was lost comes back with it. It lives as long as the test binary.
func (w *proofServer) open(t testing.TB, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", w.server.DSNOf(database))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// session pins a connection once; writing databases are admin's alone.
func (w *proofServer) session(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var pinned sql.NullString
	if err := conn.QueryRowContext(ctx, "SELECT @pinned").Scan(&pinned); err != nil {
		conn.Close()
		return nil, err
	}
	if pinned.Valid {
		return conn, nil
	}
	limit := 500 * time.Millisecond
	if db == w.admin {
		limit = 0
	}
	pins, err := ControlPin(w.server.Family, Pins{TimeZone: "+09:00", Time: limit})
	if err != nil {
		conn.Close()
		return nil, err
	}
	texts := []string{"SET SESSION group_concat_max_len = 65536"}
	for _, st := range append(ControlInit(w.server.Family), pins...) {
		// Nothing but the gate shall stop a write here.
		if st.Text() != "SET SESSION TRANSACTION READ ONLY" {
			texts = append(texts, st.Text())
		}
	}
	for _, q := range append(texts, "SET @pinned = 1") {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			conn.Close()
			return nil, fmt.Errorf("%s: %w", q, err)
		}
	}
	return conn, nil
}

func (w *proofServer) exec(t testing.TB, q string) {
	t.Helper()
	if _, err := w.admin.Exec(q); err != nil {
		t.Fatalf("%s: %.300s: %v", w.server.Kind, q, err)
	}
}

// run sends a statement and reads its rows, at most some thousand: what is cut alike on all sides compares alike.
func (w *proofServer) run(db *sql.DB, q string) (result, error) {
	end := time.Now().Add(4 * time.Second)
	if !w.until.IsZero() && w.until.Before(end) {
		end = w.until
	}
	return w.runUntil(end, db, q)
}

func (w *proofServer) runUntil(end time.Time, db *sql.DB, q string) (result, error) {
	ctx, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	conn, err := w.session(ctx, db)
	if err != nil {
		return result{}, err
	}
	defer conn.Close()
	return query(ctx, conn, q)
}

// look asks for what the test has to know.
func (w *proofServer) look(q string) (result, error) {
	return w.runUntil(time.Now().Add(time.Minute), w.admin, q)
}

// toViews names a policy's views instead of its tables, token by token.
func toViews(sql, database string, mode Mode) string {
	s := lex.New(sql, lex.Mode{ANSIQuotes: mode.ANSIQuotes, NoBackslashEscapes: mode.NoBackslashEscapes})
	var b strings.Builder
	at := 0
	for tok := s.Next(); tok.Kind != lex.EOF; tok = s.Next() {
		b.WriteString(sql[at:tok.Pos])
		at = tok.End
		text := sql[tok.Pos:tok.End]
		rest := strings.TrimLeft(sql[tok.End:], " \t\n")
		if (tok.Kind == lex.Ident || tok.Kind == lex.QuotedIdent) && strings.EqualFold(strings.Trim(text, "`\""), "shop") && strings.HasPrefix(rest, ".") {
			text = database
		}
		b.WriteString(text)
	}
	b.WriteString(sql[at:])
	return b.String()
}
