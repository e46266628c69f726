package guard

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// ungated is the gate switched off: it makes a statement of any text. It stands in a test file, which the go command never
// compiles into a program; TestRoadsToTheBackend, in the module's root, lists the functions that make statements.
func ungated(sql string) Statement { return Statement{text: sql, meta: controlMeta} }

// attack is a statement that the gate refuses, and how its success shows.
type attack struct {
	name   string
	sql    string         // {db} is the database, {file} a file of the server's
	after  string         // undoes what a success has left
	family askwire.Family // "" = all
}

var attacks = []attack{
	{name: "INSERT", sql: "INSERT INTO {db}.t VALUES (9)"},
	{name: "UPDATE", sql: "UPDATE {db}.t SET a = 2"},
	{name: "DELETE", sql: "DELETE FROM {db}.t"},
	{name: "START TRANSACTION READ WRITE; INSERT", sql: "START TRANSACTION READ WRITE;INSERT INTO {db}.t VALUES (9)"},
	{name: "SET SESSION TRANSACTION READ WRITE; INSERT", sql: "SET SESSION TRANSACTION READ WRITE;INSERT INTO {db}.t VALUES (9)"},
	{name: "TRUNCATE", sql: "TRUNCATE TABLE {db}.t"},
	{name: "DROP TABLE", sql: "DROP TABLE {db}.t"},
	{name: "ALTER TABLE", sql: "ALTER TABLE {db}.t ADD COLUMN b INT"},
	{name: "CREATE TABLE", sql: "CREATE TABLE {db}.u (a INT)"},
	{name: "CREATE USER", sql: "CREATE USER {db}_x", after: "DROP USER IF EXISTS {db}_x"},
	{name: "GRANT", sql: "GRANT ALL ON {db}.* TO {db}_s", after: "REVOKE ALL ON {db}.* FROM {db}_s"},
	{name: "SET GLOBAL", sql: "SET GLOBAL max_connect_errors = 100"}, // what it is: other tests use the server meanwhile
	{name: "SELECT … INTO OUTFILE", sql: "SELECT 'x' INTO OUTFILE '{file}.out'"},
	{name: "LOAD_FILE of the server's file", sql: "SELECT 1/(LOAD_FILE('{file}') = 'canary') AS x HAVING x = 1"},
	{name: "a table outside of the profile", sql: "SELECT a FROM {db}.secrets"},
	{name: "information_schema of everything", sql: "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME = 'secrets' AND TABLE_SCHEMA = '{db}'"},
	{name: "mysql.user", sql: "SELECT User FROM mysql.user"},
	{name: "SELECT … FOR UPDATE", sql: "SELECT a FROM {db}.t FOR UPDATE"},
	{name: "LOCK TABLES … WRITE", sql: "LOCK TABLES {db}.t WRITE"},
	// Afterwards the lock is waited for: the server ends a connection, and its locks, some time after the client has closed it.
	{name: "GET_LOCK", sql: "SELECT 1 AS x HAVING GET_LOCK('{db}', 0) = 1", after: "DO GET_LOCK('{db}', 60), RELEASE_LOCK('{db}')"},
	{name: "SLEEP beyond the time limit", sql: "SELECT 1 AS x HAVING SLEEP(1) = 0"},
	{name: "BENCHMARK beyond the time limit", sql: "SELECT 1 AS x HAVING BENCHMARK(2000000, SHA2('x', 512)) = 0"},
	{name: "a sequence's next value", sql: "SELECT NEXTVAL({db}.s)", family: askwire.MariaDB},
	{name: "KILL of another's connection", sql: "KILL CONNECTION {thread}"},
}

// TestSecondLock tries, with the gate switched off, what the read-only session and the SELECT-only account still stop. The
// table in docs/threat-model.md is made of it; -update rewrites it.
func TestSecondLock(t *testing.T) {
	got := map[string]map[engine.Kind]string{}
	kinds := []engine.Kind{engine.MariaDB, engine.MySQL, engine.TiDB}
	for _, k := range kinds {
		t.Run(string(k), func(t *testing.T) {
			s := enginetest.Get(t, k)
			r := newTarget(t, s)
			for _, a := range attacks {
				if got[a.name] == nil {
					got[a.name] = map[engine.Kind]string{}
				}
				if a.family != "" && a.family != s.Family {
					got[a.name][k] = "–"
					continue
				}
				if r.stops(t, a, false, false) { // its own settings, or it does not know the statement
					got[a.name][k] = "the server itself"
					continue
				}
				session, account, both := r.stops(t, a, true, false), r.stops(t, a, false, true), r.stops(t, a, true, true)
				cell := map[[2]bool]string{{true, true}: "session, account", {true, false}: "session", {false, true}: "account", {false, false}: "**nothing**"}[[2]bool{session, account}]
				if both != (session || account) {
					t.Errorf("%s: session %v, account %v, both %v", a.name, session, account, both)
				}
				got[a.name][k] = cell
			}
		})
	}
	checkTable(t, kinds, got)
}

// target is what the attacks of one server aim at.
type target struct {
	server   *enginetest.Server
	db, file string
	admin    *sql.DB
}

func newTarget(t *testing.T, s *enginetest.Server) *target {
	t.Helper()
	r := &target{server: s, db: s.NewDatabase(t)}
	r.admin = s.Open(t, r.db)
	r.file = filepath.Join(t.TempDir(), r.db)
	if s.Family == askwire.MariaDB { // reads and writes its own folder only
		var dir string
		if err := r.admin.QueryRow("SELECT @@datadir").Scan(&dir); err != nil {
			t.Fatal(err)
		}
		r.file = filepath.Join(dir, r.db+".txt")
		t.Cleanup(func() { os.Remove(r.file); os.Remove(r.file + ".out") })
	}
	if err := os.WriteFile(r.file, []byte("canary"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.reset(t)
	mustExec(t, r.admin, "CREATE TABLE secrets (a INT)")
	mustExec(t, r.admin, "INSERT INTO secrets VALUES (1)")
	mustExec(t, r.admin, "CREATE USER "+r.db+"_s")
	mustExec(t, r.admin, "GRANT SELECT ON "+r.db+".t TO "+r.db+"_s")
	if s.Family == askwire.MariaDB {
		mustExec(t, r.admin, "CREATE SEQUENCE s")
	}
	t.Cleanup(func() {
		if _, err := r.admin.Exec("DROP USER " + r.db + "_s"); err != nil {
			t.Error(err)
		}
	})
	return r
}

// reset makes the table as it was.
func (r *target) reset(t *testing.T) {
	t.Helper()
	for _, q := range []string{"DROP TABLE IF EXISTS t, u", "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)"} {
		mustExec(t, r.admin, q)
	}
}

// stops tries an attack on a connection that has what the names say, and reports whether nothing came of it.
func (r *target) stops(t *testing.T, a attack, session, account bool) bool {
	t.Helper()
	victim, err := r.server.DB(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	var thread string
	if err := victim.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&thread); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{db}", r.db, "{file}", r.file, "{thread}", thread).Replace
	user := "root"
	if account {
		user = r.db + "_s"
	}
	stopped := func() bool {
		limit := time.Minute // nothing but what is to run too long does
		if strings.HasSuffix(a.name, "beyond the time limit") {
			limit = 300 * time.Millisecond
		}
		conn := connectAs(t, r.server, user, session, limit)
		defer conn.Close() // before things are undone: it may hold locks
		for _, text := range strings.Split(fill(a.sql), ";") {
			rows, err := query(t.Context(), conn, ungated(text).Text())
			if err != nil {
				return true
			}
			if strings.HasPrefix(text, "SELECT") && !strings.Contains(text, "OUTFILE") {
				return len(rows.rows) == 0
			}
		}
		return false
	}()
	if !stopped {
		os.Remove(r.file + ".out")
		for _, q := range strings.Split(fill(a.after), ";") {
			if q != "" {
				mustExec(t, r.admin, q)
			}
		}
		r.reset(t)
	}
	return stopped
}

// connectAs opens a connection of an account, in the session that the product makes or in a plain one. The time limit
// belongs to the session.
func connectAs(t *testing.T, s *enginetest.Server, user string, session bool, limit time.Duration) *sql.Conn {
	t.Helper()
	db, err := sql.Open("mysql", user+"@tcp("+s.Addr+")/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxIdleConns(0) // a connection that is closed is gone, with its locks
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !session {
		return conn
	}
	pins, err := ControlPin(s.Family, Pins{Time: limit})
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range append(ControlInit(s.Family), pins...) {
		if _, err := conn.ExecContext(t.Context(), st.Text()); err != nil {
			t.Fatalf("%s: %v", st.Text(), err)
		}
	}
	return conn
}

const (
	threatModel = "../docs/threat-model.md"
	tableStart  = "| the gate refuses | MariaDB | MySQL | TiDB |\n"
)

// checkTable compares the page's table with what was found, cell by cell, for the servers that ran.
func checkTable(t *testing.T, kinds []engine.Kind, got map[string]map[engine.Kind]string) {
	t.Helper()
	page, err := os.ReadFile(threatModel)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), tableStart)
	if !found {
		t.Fatalf("%s has no line %q", threatModel, tableStart)
	}
	table, after, _ := strings.Cut(rest, "\n\n")
	written := map[string][]string{}
	for _, line := range strings.Split(table, "\n") {
		if f := strings.Split(strings.Trim(line, "| "), " | "); len(f) == 1+len(kinds) {
			written[f[0]] = f[1:]
		}
	}
	var b strings.Builder
	b.WriteString("|---|---|---|---|")
	for _, a := range attacks {
		fmt.Fprintf(&b, "\n| %s |", a.name)
		for i, k := range kinds {
			cell := got[a.name][k]
			if cell == "" { // this server did not run
				continue
			}
			fmt.Fprintf(&b, " %s |", cell)
			if !*update && (len(written[a.name]) <= i || written[a.name][i] != cell) {
				t.Errorf("%s on %s: %q, and docs/threat-model.md says %q", a.name, k, cell, written[a.name])
			}
		}
	}
	if *update {
		if err := os.WriteFile(threatModel, []byte(before+tableStart+b.String()+"\n\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
