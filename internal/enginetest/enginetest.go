// Package enginetest hands tests the real database servers.
//
// Each runs a test on every engine, Get hands out one. The servers are those that `make test` has started and named in
// the environment (ASKWIRE_TEST_MARIADB and so on, a DSN of root without a database); otherwise a server is started when a
// test first asks for it and lives until the test binary ends. Let TestMain be enginetest.Main(m) in a package that uses
// this one, so that they end in order.
//
// An engine that is missing fails the test. ALLOW_MISSING_ENGINES=1 makes it a skip that says so, and
// ASKWIRE_TEST_ENGINES=mariadb,mysql asks for these alone, while working on something.
package enginetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
)

// Server is a running engine, shared with other tests.
type Server struct {
	Kind    engine.Kind
	Family  askwire.Family
	Version string // SELECT VERSION()
	Addr    string // 127.0.0.1:port
	DSN     string // root, without a database: "root@tcp(127.0.0.1:3307)/"
	Dir     string // of a server of Own: its data, and where it runs
}

// Each runs fn as one subtest for every engine.
func Each(t *testing.T, fn func(t *testing.T, s *Server)) {
	t.Helper()
	for _, kind := range engine.Kinds() {
		t.Run(string(kind), func(t *testing.T) { fn(t, Get(t, kind)) })
	}
}

// Get hands out the engine, started when it is not running yet.
func Get(t testing.TB, kind engine.Kind) *Server {
	t.Helper()
	skip(t, kind)
	s, err := servers.get(kind)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Own starts an engine that no other test shares, with further arguments of its program; it lives until the test binary
// ends. The channel is closed when the server has ended.
func Own(t testing.TB, kind engine.Kind, args ...string) (*Server, <-chan struct{}) {
	t.Helper()
	skip(t, kind)
	UseWorkingTree()
	own, err := engine.Start(context.Background(), engine.Options{Kind: kind, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	servers.mu.Lock()
	defer servers.mu.Unlock()
	servers.own = append(servers.own, own)
	return &Server{Kind: kind, Family: kind.Family(), Version: own.Version, Addr: own.Addr, DSN: own.DSN, Dir: own.Dir}, own.Done()
}

// skip ends a test that asks for an engine that is left out on purpose.
func skip(t testing.TB, kind engine.Kind) {
	t.Helper()
	if only := os.Getenv("ASKWIRE_TEST_ENGINES"); only != "" && !slices.Contains(strings.Split(only, ","), string(kind)) {
		t.Skipf("ASKWIRE_TEST_ENGINES=%s leaves %s out", only, kind)
	}
	if os.Getenv("ALLOW_MISSING_ENGINES") == "1" && os.Getenv(EnvName(kind)) == "" {
		UseWorkingTree()
		if _, here := engine.Find(kind); !here {
			t.Skipf("%s is not on this machine, and ALLOW_MISSING_ENGINES=1", kind)
		}
	}
}

// Main runs the tests of a package and then stops the servers that they started.
func Main(m *testing.M) {
	code := m.Run()
	if err := servers.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "enginetest:", err)
		code = 1
	}
	os.Exit(code)
}

// EnvName is the variable that names a running server to tests: ASKWIRE_TEST_MARIADB.
func EnvName(kind engine.Kind) string { return "ASKWIRE_TEST_" + strings.ToUpper(string(kind)) }

// DB opens a pool of root without a database; it is closed when the test ends.
func (s *Server) DB(t testing.TB) *sql.DB { t.Helper(); return s.Open(t, "") }

// Open opens a pool of root in a database; it is closed when the test ends.
func (s *Server) Open(t testing.TB, database string) *sql.DB {
	t.Helper()
	c := s.config(database)
	c.MultiStatements = true
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// DSNOf is the DSN of root in a database.
func (s *Server) DSNOf(database string) string { return s.config(database).FormatDSN() }

func (s *Server) config(database string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = "root", "tcp", s.Addr, database
	return c
}

// NewDatabase creates an empty database with a name of its own, which is dropped when the test ends.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	name := randomName()
	s.create(t, s.DB(t), name)
	return name
}

// randomName has letters that spell no word: tests look for words in texts that name their database as well.
func randomName() string {
	const letters = "bcdfghjkmpqvwxyz"
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = letters[b[i]%16]
	}
	return "t_" + string(b)
}

// Database creates an empty database of this very name, for cases that name it. Tests of other packages that ask for the
// same name on the same server wait until this test ends.
func (s *Server) Database(t testing.TB, name string) {
	t.Helper()
	db := s.DB(t)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(t.Context(), "SELECT GET_LOCK(?, 900)", "askwire_test_"+name).Scan(&got); err != nil || got.Int64 != 1 {
		t.Fatalf("%s: waiting for database %s: got %v, %v", s.Kind, name, got, err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // runs after the database is dropped; the server releases the lock
	s.create(t, db, name)
}

func (s *Server) create(t testing.TB, db *sql.DB, name string) {
	t.Helper()
	quoted := "`" + strings.ReplaceAll(name, "`", "``") + "`"
	for _, q := range []string{"DROP DATABASE IF EXISTS " + quoted, "CREATE DATABASE " + quoted} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %s: %v", s.Kind, q, err)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := db.ExecContext(ctx, "DROP DATABASE IF EXISTS "+quoted); err != nil {
			t.Errorf("%s: DROP DATABASE %s: %v", s.Kind, quoted, err)
		}
	})
}

// servers are the ones of this test binary.
var servers pool

type pool struct {
	mu      sync.Mutex
	running map[engine.Kind]*Server
	failed  map[engine.Kind]error
	own     []*engine.Server
}

func (p *pool) get(kind engine.Kind) (*Server, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.running[kind]; ok {
		return s, nil
	}
	if err, ok := p.failed[kind]; ok {
		return nil, err // once is enough: every test would wait as long
	}
	s, err := p.start(kind)
	if err != nil {
		if p.failed == nil {
			p.failed = map[engine.Kind]error{}
		}
		p.failed[kind] = err
		return nil, err
	}
	if p.running == nil {
		p.running = map[engine.Kind]*Server{}
	}
	p.running[kind] = s
	return s, nil
}

func (p *pool) start(kind engine.Kind) (*Server, error) {
	dsn := os.Getenv(EnvName(kind))
	if dsn == "" {
		UseWorkingTree()
		own, err := engine.Start(context.Background(), engine.Options{Kind: kind})
		if err != nil {
			return nil, err
		}
		p.own = append(p.own, own)
		dsn = own.DSN
	}
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", EnvName(kind), err)
	}
	s := &Server{Kind: kind, Family: kind.Family(), Addr: c.Addr, DSN: dsn}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.QueryRow("SELECT VERSION()").Scan(&s.Version); err != nil {
		return nil, fmt.Errorf("%s at %s: %w", kind, c.Addr, err)
	}
	return s, nil
}

func (p *pool) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var first error
	for _, s := range p.own {
		if err := s.Stop(); err != nil && first == nil {
			first = err
		}
	}
	p.own, p.running = nil, nil
	return first
}

// UseWorkingTree points package engine to the folder .engines of the working tree that this process runs in, unless
// ASKWIRE_ENGINES is set: test binaries and `go run` are elsewhere.
func UseWorkingTree() {
	if os.Getenv("ASKWIRE_ENGINES") != "" {
		return
	}
	dir, err := os.Getwd()
	if err != nil {
		return
	}
	for {
		if st, err := os.Stat(filepath.Join(dir, ".engines")); err == nil && st.IsDir() {
			_ = os.Setenv("ASKWIRE_ENGINES", filepath.Join(dir, ".engines")) // it fails for names that no system allows
			return
		}
		up := filepath.Dir(dir)
		if up == dir {
			return
		}
		dir = up
	}
}
