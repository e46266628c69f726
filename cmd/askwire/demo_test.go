package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// The demo as a newcomer has it: the real program, a private MariaDB, the samples, real clients.
func TestDemo(t *testing.T) {
	enginetest.Get(t, engine.MariaDB) // fails when it is missing, and says what to install
	tmp := t.TempDir()
	p := start(t, []string{"TMPDIR=" + tmp}, "demo", "--listen", "127.0.0.1:0", "--backend", "mariadb", "--scale", "0.1")

	t.Run("Banner", func(t *testing.T) {
		want := "askwire demo: MySQL protocol on " + p.addr + " (user demo, password demo), 4 databases, 24 tables, model: offline " +
			"(saved questions only; set OPENAI_API_KEY for any question)\n"
		if !strings.Contains(p.text(), want) {
			t.Errorf("%s\nlacks %s", p.text(), want)
		}
	})
	c := p.conn("demo", "demo")
	t.Run("AskKorean", func(t *testing.T) {
		r := query(t, c, "ASK '최근 한 달간 주문량을 알려줘'")
		if n := len(r.Columns); n < 2 || r.Columns[n-1] != "summary" {
			t.Fatalf("columns %q, want summary last", r.Columns)
		}
		last := len(r.Columns) - 1
		if len(r.Rows) < 20 {
			t.Fatalf("%d rows, want one for each of about 30 days", len(r.Rows))
		}
		if s := value(r.Rows[0][last]); !regexp.MustCompile(`\p{Hangul}`).MatchString(s) {
			t.Errorf("summary %q, want Korean", s)
		}
		for i, row := range r.Rows[1:] {
			if row[last] != nil {
				t.Errorf("row %d has a summary too: %q", i+1, *row[last])
			}
		}
		if notes := query(t, c, "SHOW WARNINGS"); len(notes.Rows) == 0 || !strings.Contains(printed(notes), "verified") {
			t.Errorf("provenance is not in the warnings: %s", printed(notes))
		}
	})
	t.Run("AskEnglish", func(t *testing.T) {
		r := query(t, c, "ASK 'Top 5 products by revenue last month'")
		if len(r.Rows) != 5 || r.Rows[0][len(r.Columns)-1] == nil {
			t.Errorf("%s", printed(r))
		}
	})
	t.Run("LimitIsSaid", func(t *testing.T) {
		r := query(t, c, "ASK 'Headcount by department' USING limit = 2")
		if got := value(r.Rows[0][len(r.Columns)-1]); len(r.Rows) != 2 || !strings.HasPrefix(got, "Of the first 2 rows: ") {
			t.Errorf("%s", printed(r))
		}
	})
	t.Run("SameAsItsSQL", func(t *testing.T) {
		ask := query(t, c, "ASK 'Top 3 products by revenue last month' USING summary = 'off'")
		draft := query(t, c, "ASK SQL 'Top 3 products by revenue last month'")
		id, sql := value(draft.Rows[0][0]), value(draft.Rows[0][1])
		run := query(t, c, "ASK RUN "+id+" USING summary = 'off'")
		plain := query(t, c, sql)
		if printed(ask) != printed(run) || printed(ask) != printed(plain) || len(ask.Rows) != 3 {
			t.Errorf("ASK:\n%sASK RUN:\n%splain:\n%s", printed(ask), printed(run), printed(plain))
		}
	})
	t.Run("Narrate", func(t *testing.T) {
		r := query(t, c, "ASK NARRATE '부서별 직원 수'")
		if len(r.Columns) != 1 || len(r.Rows) != 1 || value(r.Rows[0][0]) == "" {
			t.Errorf("%s", printed(r))
		}
	})
	t.Run("Receipt", func(t *testing.T) {
		if r := printed(query(t, c, "EXPLAIN ASK '최근 한 달간 주문량을 알려줘'")); !strings.Contains(r, "ecommerce.orders") || !strings.Contains(r, "verified") {
			t.Errorf("%s", r)
		}
	})
	t.Run("PromptAndTables", func(t *testing.T) {
		if r := printed(query(t, c, "ASK PROMPT 'how many students are there in each city'")); !strings.Contains(r, "students") || strings.Contains(r, "birth_date") {
			t.Errorf("%s", r)
		}
		if r := query(t, c, "ASK TABLES '부서별 급여'"); len(r.Rows) == 0 || !strings.HasPrefix(printed(r), "hr.") && !strings.Contains(printed(r), "hr.salaries") {
			t.Errorf("%s", printed(r))
		}
	})
	t.Run("Lists", func(t *testing.T) {
		for statement, want := range map[string]string{
			"SHOW ASK STATUS": "demo", "SHOW ASK PROFILES": "demo", "SHOW ASK TABLES": "ecommerce",
			"SHOW ASK LIMITS": "500", "SHOW DATABASES": "hr", "SHOW TABLES FROM edu": "students", "SHOW COLUMNS FROM hr.employees": "hired_on",
		} {
			if r := printed(query(t, c, statement)); !strings.Contains(r, want) {
				t.Errorf("%s lacks %q:\n%s", statement, want, r)
			}
		}
		if r := printed(query(t, c, "SHOW COLUMNS FROM hr.employees")); strings.Contains(r, "birth_date") {
			t.Errorf("a denied column is listed:\n%s", r)
		}
	})
	t.Run("Masked", func(t *testing.T) {
		r := query(t, c, "SELECT phone, email FROM ecommerce.customers LIMIT 1")
		if !strings.Contains(value(r.Rows[0][0]), "*") || strings.Contains(value(r.Rows[0][1]), "@") {
			t.Errorf("%s", printed(r))
		}
	})
	t.Run("Denied", func(t *testing.T) {
		for statement, want := range map[string]uint16{
			"SELECT birth_date FROM hr.employees":               1143,
			"SELECT * FROM mysql.user":                          1142,
			"DELETE FROM hr.salaries":                           1235,
			"DROP TABLE hr.salaries":                            1235,
			"SELECT SLEEP(5)":                                   50306,
			"SELECT 1 INTO OUTFILE '/tmp/askwire-out'":          1235,
			"SELECT LOAD_FILE('/etc/passwd')":                   50306,
			"SELEC 1":                                           1064,
			"ASK 'what is the meaning of life, in three words'": 50301,
			"ASK ''":                 1064,
			"USE nowhere":            1044,
			"SET askwire.summary=5":  1231,
			"ASK 'x' USING wisdom=1": 1193,
		} {
			if got, message := number(t, c, statement); got != want {
				t.Errorf("%s: error %d, want %d: %s", statement, got, want, message)
			}
		}
	})
	t.Run("Prepared", func(t *testing.T) {
		st, err := c.PrepareContext(t.Context(), "SELECT name_en FROM ecommerce.products WHERE id = ?")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		for _, id := range []int{1, 2, 1} {
			var name string
			if err := st.QueryRowContext(t.Context(), id).Scan(&name); err != nil || name == "" {
				t.Errorf("id %d: %q, %v", id, name, err)
			}
		}
		ask, err := c.PrepareContext(t.Context(), "ASK ?")
		if err != nil {
			t.Fatal(err)
		}
		defer ask.Close()
		rows, err := ask.QueryContext(t.Context(), "회원 등급별 고객 수")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil || n < 3 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
	t.Run("Settings", func(t *testing.T) {
		query(t, c, "SET askwire.summary = 'off'")
		r := query(t, c, "ASK '회원 등급별 고객 수'")
		if r.Columns[len(r.Columns)-1] == "summary" {
			t.Errorf("columns %q with summary = off", r.Columns)
		}
		query(t, c, "SET askwire.summary = 'all'")
		r = query(t, c, "ASK '회원 등급별 고객 수'")
		for _, row := range r.Rows {
			if row[len(row)-1] == nil {
				t.Errorf("summary = all left a row without: %s", printed(r))
			}
		}
	})
	t.Run("History", func(t *testing.T) {
		r := recorded(t, c, "SELECT `user`, kind, verdict FROM askwire.query_log WHERE question = '최근 한 달간 주문량을 알려줘' AND kind = 'ask' AND verdict = 'allowed'")
		if len(r.Rows) == 0 || value(r.Rows[0][0]) != "demo" || value(r.Rows[0][2]) != "allowed" {
			t.Errorf("%s", printed(r))
		}
	})
	t.Run("WrongPassword", func(t *testing.T) {
		for _, user := range []string{"demo", "nobody"} {
			err := p.open(user, "wrong").PingContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), "1045") {
				t.Errorf("%s: %v", user, err)
			}
		}
	})
	t.Run("CommandLineClient", func(t *testing.T) {
		out, err := p.cli("--table", "-e", "ASK '회원 등급별 고객 수'; SHOW WARNINGS; SELECT COUNT(*) AS n FROM hr.employees")
		if err != nil || !strings.Contains(out, "summary") || !strings.Contains(out, "Note") || !strings.Contains(out, "| n ") {
			t.Errorf("%v\n%s", err, out)
		}
		out, err = p.cli("-e", "SELECT birth_date FROM edu.students")
		if err == nil || !strings.Contains(out, "ERROR 1143 (42000)") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("AskCommand", func(t *testing.T) {
		out, code := command(t, []string{"ASKWIRE_PASSWORD=demo"}, "", "ask", "--addr", p.addr, "--format", "json", "회원", "등급별", "고객", "수")
		var got struct {
			Columns []string
			Rows    []map[string]any
			Notes   []string
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || len(got.Rows) < 3 || len(got.Notes) == 0 {
			t.Errorf("%v, exit code %d\n%s", err, code, out)
		}
		out, code = command(t, nil, "demo\n", "ask", "--addr", p.addr, "-p", "--sql", "회원 등급별 고객 수")
		if code != 0 || !strings.Contains(out, "ecommerce.customers") {
			t.Errorf("exit code %d\n%s", code, out)
		}
		out, code = command(t, []string{"ASKWIRE_PASSWORD=wrong"}, "", "ask", "--addr", p.addr, "x")
		if code != 1 || !strings.Contains(out, "1045") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	t.Run("StopsAndCleansUp", func(t *testing.T) {
		if code := p.stop(os.Interrupt); code != 0 {
			t.Errorf("exit code %d: %s", code, p.text())
		}
		left, err := os.ReadDir(tmp)
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// printed is a result as text, one line a row.
func printed(r result) string {
	var b strings.Builder
	b.WriteString(strings.Join(r.Columns, "|") + "\n")
	for _, row := range r.Rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(value(v))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// command runs askwire to its end and returns what it printed, on both streams, and its exit code.
func command(t *testing.T, env []string, stdin string, args ...string) (string, int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), beAskwire+"=1"), env...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// On a server of the operator's the demo writes only where it destroys nothing.
func TestDemoOnDSN(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	db := s.DB(t)
	for _, name := range []string{"ad", "edu", "ecommerce", "hr", "askwire"} {
		s.Database(t, name)
	}
	t.Run("RefusesOtherTables", func(t *testing.T) {
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE hr.my_own (id INT)"); err != nil {
			t.Fatal(err)
		}
		out, code := command(t, nil, "", "demo", "--listen", "127.0.0.1:0", "--scale", "0.01", "--backend", s.DSN)
		if code != 1 || !strings.Contains(out, "hr with a table my_own that is not a sample table") {
			t.Errorf("exit code %d: %s", code, out)
		}
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema IN ('ad','edu','ecommerce','hr')").Scan(&n); err != nil || n != 1 {
			t.Errorf("%d tables, %v: want only the one that was there", n, err)
		}
		if _, err := db.ExecContext(t.Context(), "DROP TABLE hr.my_own"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("LoadsThenUsesWhatIsThere", func(t *testing.T) {
		p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--scale", "0.01", "--backend", s.DSN)
		if r := query(t, p.conn("demo", "demo"), "ASK '회원 등급별 고객 수'"); len(r.Rows) == 0 {
			t.Error("no rows")
		}
		if code := p.stop(syscall.SIGTERM); code != 0 {
			t.Errorf("exit code %d: %s", code, p.text())
		}
		p = start(t, nil, "demo", "--listen", "127.0.0.1:0", "--backend", s.DSN)
		if !strings.Contains(p.text(), "using them as they are") {
			t.Error(p.text())
		}
	})
}
