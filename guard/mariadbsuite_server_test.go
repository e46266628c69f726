package guard

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestMariaDBSuite takes the SELECTs of MariaDB's own test suite (Debian package mariadb-test-data, unpacked by `make
// engines`) through the gate, on a MariaDB of the same version. The statements around them make their tables, sent by an
// administrator. Two policies are tried: one that lists every table but the canaries, and one that puts the barrier of a
// row policy around each. The canaries are tables and a file.
//
// Required: no canary is touched, nothing changes, no process ends; a statement that is admitted gives the rows that it
// gives when sent directly. testdata/mariadb-differences.tsv lists the differences, each with its reason.
//
// It takes one file in eighty; ASKWIRE_SUITE=all takes all (`make mariadb-suite`), ASKWIRE_SUITE=having,join takes these,
// and ASKWIRE_SUITE=0-400 those by number.
func TestMariaDBSuite(t *testing.T) {
	root := suiteRoot(t)
	files, err := filepath.Glob(filepath.Join(root, "main", "*.test"))
	if err != nil || len(files) < 1000 {
		t.Fatalf("%d files under %s, %v: run `make engines`", len(files), root, err)
	}
	s := startSuite(t, root)
	which := os.Getenv("ASKWIRE_SUITE")
	from, to, byNumber := 0, len(files), false
	if n, err := fmt.Sscanf(which, "%d-%d", &from, &to); n == 2 && err == nil {
		byNumber = true
	}
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".test")
		switch {
		case byNumber && (i < from || i >= to), which == "" && i%80 != 0,
			which != "" && which != "all" && !byNumber && !slices.Contains(strings.Split(which, ","), name):
			continue
		}
		if end, ok := t.Deadline(); ok && time.Until(end) < 2*time.Minute {
			t.Errorf("the time of the test is over after %d of %d files", s.counts["files"], len(files))
			break
		}
		s.file(t, file)
		if s.counts["files"]%50 == 0 {
			t.Logf("%d files, %d SELECTs", s.counts["files"], s.counts["SELECTs"])
		}
		if t.Failed() && which == "" {
			break
		}
	}
	s.report(t, which)
}

// suiteRoot is the folder mysql-test.
func suiteRoot(t *testing.T) string {
	enginetest.UseWorkingTree()
	for _, dir := range []string{filepath.Join(os.Getenv("ASKWIRE_ENGINES"), "mariadb-test"), "/usr/share/mysql/mysql-test"} {
		if st, err := os.Stat(filepath.Join(dir, "main")); err == nil && st.IsDir() {
			return dir
		}
	}
	if os.Getenv("ALLOW_MISSING_ENGINES") == "1" {
		t.Skip("MariaDB's test suite is not on this machine, and ALLOW_MISSING_ENGINES=1")
	}
	t.Fatal("MariaDB's test suite is not on this machine: run `make engines`")
	return ""
}

// suite is a server, its connections, and what was counted.
type suite struct {
	root            string
	server          *enginetest.Server
	admin           *sql.DB
	setupDB         *sql.DB
	setup           *sql.Conn // makes tables, with the settings that the file asks for
	direct, through *sql.Conn // pinned
	other           *sql.Conn // pinned, with other plans
	strict          *sql.Conn // pinned, with ONLY_FULL_GROUP_BY
	data            string    // the server's folder
	lost            *sql.Conn // the first that was lost, nil while all are well

	snap    *askwire.Snapshot // nil after a change of tables
	gates   [2]Gate
	sums    string
	pending []string // admitted since the last look at the state

	own      map[string]bool  // texts that a connection begins with
	commands map[string]int64 // what the server counted on the gate's connection
	counts   map[string]int
	skipped  map[string]int
	refusals map[string]int
	differ   []difference
	listed   map[string]string
}

// difference is a statement that gives other rows through the gate.
type difference struct{ key, gate, sql, sent, why string }

const suiteDatabase = "test"

func startSuite(t *testing.T, root string) *suite {
	s := &suite{root: root, counts: map[string]int{}, skipped: map[string]int{}, refusals: map[string]int{}, own: map[string]bool{}}
	s.listed = readDifferences(t)
	s.start(t)
	return s
}

// start starts a server with canaries.
func (s *suite) start(t *testing.T) {
	t.Helper()
	s.setup = nil
	s.server, _ = enginetest.Own(t, engine.MariaDB, "--userstat=1", "--general-log=1", "--log-output=TABLE", "--max-statement-time=5",
		"--innodb-lock-wait-timeout=1", "--sql-mode=STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
		"--character-set-server=latin1", "--default-storage-engine=InnoDB")
	s.admin = s.server.DB(t)
	for _, q := range []string{"CREATE DATABASE canary", "CREATE TABLE canary.secrets (id INT, v VARCHAR(60))", "INSERT INTO canary.secrets VALUES (1, 'TOPSECRET-1')"} {
		mustExec(t, s.admin, q)
	}
	if err := s.admin.QueryRow("SELECT @@datadir").Scan(&s.data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.data, "canary.txt"), []byte("FILECANARY"), 0o644); err != nil {
		t.Fatal(err)
	}
	var text sql.NullString
	if err := s.admin.QueryRow("SELECT LOAD_FILE(CONCAT(@@datadir, 'canary.txt'))").Scan(&text); err != nil || text.String != "FILECANARY" {
		t.Fatalf("the server cannot read the canary file, so it proves nothing: %q, %v", text.String, err)
	}
	s.connect(t)
}

// connect opens the pinned connections.
func (s *suite) connect(t *testing.T) {
	t.Helper()
	s.lost, s.commands = nil, map[string]int64{}
	s.direct, s.through, s.other, s.strict = s.conn(t), s.conn(t), s.conn(t), s.conn(t)
	if _, err := s.strict.ExecContext(t.Context(), "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ONLY_FULL_GROUP_BY')"); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"SET SESSION optimizer_switch = 'derived_merge=off,derived_with_keys=off,semijoin=off,materialization=off,join_cache_hashed=off,index_merge=off,split_materialized=off,condition_pushdown_for_derived=off,mrr=on,subquery_cache=off'",
		"SET SESSION join_cache_level = 8, SESSION tmp_memory_table_size = 1024, SESSION optimizer_use_condition_selectivity = 1"} {
		if _, err := s.other.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

// recover goes on after a lost connection. A server that a statement of the gate has ended is a failure; one that ended at
// a statement of the suite's own, sent by the administrator or directly, is counted, and another one started for the next file.
func (s *suite) recover(t *testing.T, step testStep) bool {
	t.Helper()
	who := map[*sql.Conn]string{s.setup: "the administrator", s.through: "the gate"}[s.lost]
	if who == "" {
		who = "a direct connection"
	}
	if s.admin.Ping() == nil { // the server is well
		s.counts["connections lost by "+who]++
		s.snap, s.sums, s.pending = nil, "", nil
		s.connect(t)
		s.settle(t)
		return true
	}
	if who == "the gate" {
		t.Fatalf("the server ended at a statement of the gate, %s:%d\n%s\n%s", step.file, step.line, step.sql, strings.Join(s.pending, "\n"))
	}
	s.counts["servers that ended at a statement of "+who]++
	t.Logf("%s:%d ended the server, sent by %s: %s", step.file, step.line, who, step.sql)
	s.sums = ""
	s.start(t)
	return false
}

// settle opens a new connection for the statements that make tables. Closing the one before ends its transaction and its
// locks.
func (s *suite) settle(t *testing.T) {
	t.Helper()
	if s.setup != nil {
		_ = s.setup.Close()
		_ = s.setupDB.Close()
	}
	s.setupDB = s.server.DB(t)
	conn, err := s.setupDB.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"SET SESSION lock_wait_timeout = 2", "CREATE DATABASE IF NOT EXISTS " + suiteDatabase, "USE " + suiteDatabase} {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.setup = conn
}

// conn opens a connection as the product pins its own.
func (s *suite) conn(t *testing.T) *sql.Conn {
	t.Helper()
	conn, err := s.admin.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	pins, err := ControlPin(askwire.MariaDB, Pins{TimeZone: "+09:00", Time: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range append(ControlInit(askwire.MariaDB), pins...) {
		if st.Text() == "SET SESSION TRANSACTION READ ONLY" {
			continue // nothing but the gate shall stop a write here
		}
		if _, err := conn.ExecContext(t.Context(), st.Text()); err != nil {
			t.Fatal(err)
		}
		s.own[st.Text()] = true
	}
	return conn
}

// file runs one file of the suite.
func (s *suite) file(t *testing.T, file string) {
	r, err := readMysqltest(s.root, file)
	if err != nil {
		t.Fatal(err)
	}
	s.counts["files"]++
	for what, n := range r.skipped {
		s.skipped["mysqltest: "+what] += n
	}
	s.reset(t)
	began := time.Now()
	for _, step := range r.steps {
		kind := kindOf(step.sql)
		if time.Since(began) > time.Minute {
			kind = "after a minute in one file"
		}
		switch kind {
		case "select":
			s.selects(t, step)
		case "setup":
			s.changed(t)
			sql := temporary.ReplaceAllString(step.sql, "CREATE TABLE")
			if _, err := s.setup.ExecContext(t.Context(), sql); err != nil {
				s.counts["setup statements that failed"]++
				if errorNumber(err) == 0 && s.lost == nil {
					s.lost = s.setup
				}
			}
			s.counts["setup statements"]++
			s.snap = nil
		default:
			s.skipped["statement: "+kind]++
		}
		if s.lost != nil && !s.recover(t, step) {
			return
		}
	}
	s.changed(t)
	s.log(t, file)
}

var (
	temporary  = regexp.MustCompile(`(?i)\bcreate\s+temporary\s+table\b`)
	setupSQL   = regexp.MustCompile(`(?is)^(create\s+(or\s+replace\s+)?(temporary\s+)?(definer\s*=\s*\S+\s+)?(algorithm\s*=\s*\w+\s+)?(sql\s+security\s+\w+\s+)?(aggregate\s+)?(table|view|database|schema|index|unique|fulltext|spatial|function|procedure|sequence|trigger)|insert|replace|update|delete|alter\s+(table|view|database)|drop\s+(table|view|database|schema|index|function|procedure|sequence|trigger|temporary)|truncate|use|analyze\s+table|commit|rollback|begin\s*$|start\s+transaction|rename\s+table|call)\b`)
	settings   = regexp.MustCompile(`(?is)^set\s+(names|charset|character|timestamp|@|sql_mode|session|local|collation|time_zone|div_precision|insert_id|optimizer|join|big|foreign|unique|storage|default)`)
	forbidden  = regexp.MustCompile(`(?is)\bglobal\b|@@global|\bmysql\s*\.|drop\s+(database|schema)\s+(if\s+exists\s+)?(mysql|canary|performance_schema|sys)\b|use\s+(mysql|canary|sys)\b|outfile|dumpfile|infile|load_file|\bsleep\s*\(|benchmark|get_lock|data\s+directory|index\s+directory|engine\s*=?\s*(federated|connect|spider|archive|blackhole|mroonga|rocksdb)|soname|shutdown|\bkill\b|max_statement_time|sql_log_bin|autocommit|\bevents?\b`)
	quotedName = regexp.MustCompile("(?s)`[^`]*`|\"[^\"]*\"|'[^']*'|[A-Z_0-9]{2,}\\(\\)|\\d+")
	selectSQL  = regexp.MustCompile(`(?is)^\(*\s*(select|with|values|table)\b`)
)

// kindOf sorts statements: selects go through the gate, setup is sent by the administrator, the rest is left out by name.
func kindOf(sql string) string {
	switch {
	case selectSQL.MatchString(sql):
		return "select"
	case forbidden.MatchString(sql):
		return "reaches outside of a session's own databases"
	case setupSQL.MatchString(sql), settings.MatchString(sql):
		return "setup"
	}
	f := strings.Fields(strings.ToLower(sql))
	return strings.Join(f[:min(len(f), 1)], " ")
}
