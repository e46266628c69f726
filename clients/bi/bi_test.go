//go:build clients_bi

package bi_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

const (
	asked     = "최근 한 달간 주문량을 알려줘"       // a saved question of the samples, in words
	saved     = "ecommerce_daily_orders" // the same one, by name
	database  = "ecommerce"
	refreshes = 10
)

func TestBusinessIntelligence(t *testing.T) {
	s := newSite(t)
	var r report
	r.add("askwire demo", "MariaDB, samples at scale 0.2, a model that answers with this run's drafts and counts them")
	parts, ran := []struct {
		name string
		run  func(*testing.T, *report)
	}{{"superset", s.superset}, {"libreoffice", s.libreoffice}, {"pages", s.pages}, {"drivers", s.drivers}, {"replay", s.replay}, {"panels", s.panels}}, 0
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			ran++
			part.run(t, &r)
		})
	}
	if prompts := s.model.strangers(); len(prompts) > 0 {
		t.Errorf("the model got %d prompts about none of the run's questions; the first:\n%.2000s", len(prompts), prompts[0])
	}
	if !t.Failed() && ran == len(parts) { // a part alone is no report
		r.write(t, "../../docs/clients-bi.md")
	}
}

// superset registers the database, runs statements in SQL Lab, makes six charts on questions and refreshes their dashboard.
func (s *site) superset(t *testing.T, r *report) {
	bin, home, port := filepath.Join(s.tools, "venv", "bin"), t.TempDir(), freePort(t)
	config, err := filepath.Abs("superset_config.py")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"SUPERSET_HOME=" + home, "SUPERSET_CONFIG_PATH=" + config, "FLASK_APP=superset"}
	for _, args := range [][]string{
		{"db", "upgrade"}, {"init"},
		{"fab", "create-admin", "--username", "admin", "--firstname", "A", "--lastname", "W", "--email", "a@localhost", "--password", "admin"},
	} {
		cmd := exec.Command(filepath.Join(bin, "superset"), args...)
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("superset %s: %v\n%s", args[0], err, out)
		}
	}
	start(t, exec.Command(filepath.Join(bin, "gunicorn"), "-w", "1", "-k", "gthread", "--threads", "8", "--timeout", "120",
		"-b", "127.0.0.1:"+port, "superset.app:create_app()"), env)
	waitFor(t, port)

	type chart struct {
		Name   string `json:"name"`
		Schema string `json:"schema"`
		SQL    string `json:"sql,omitempty"`
		Kind   string `json:"kind"`
		Group  string `json:"group,omitempty"`
		Value  string `json:"value"`
	}
	charts := []chart{
		{"경로별 매출", database, "SELECT * FROM ask.`주문 경로별 매출을 보여줘`", "pie", "channel", "revenue"},
		{"Orders by city", database, "SELECT * FROM ASK('Orders by delivery city, all time') AS q", "echarts_timeseries_bar", "city", "orders"},
		{"상태별 건수", database, "SELECT * FROM ask.`주문 상태별 건수를 알려줘`", "table", "status", "orders"},
		{"Revenue by payment", database, "SELECT payment_method, revenue FROM ASK('Revenue by payment method, all time')", "echarts_timeseries_bar", "payment_method", "revenue"},
		{"등급별 고객", database, "SELECT * FROM ask.`등급별 고객 수는 몇 명이야?`", "pie", "grade", "customers"},
		{"Products of all brands", database, "SELECT * FROM ask.`How many products does each brand offer?`", "big_number_total", "", "products"},
		{saved, "ask", "", "echarts_timeseries_line", "order_date", "amount"}, // a physical data set: a saved question
	}
	lab := []string{
		"ASK '" + asked + "'",
		"SELECT * FROM ask." + saved,
		"SELECT status, orders FROM ask.`주문 상태별 건수를 알려줘` WHERE orders > 1",
		"SELECT ASK('" + asked + "')",
	}
	steps := run(t, filepath.Join(bin, "python"), "superset.py", map[string]any{
		"superset": "http://127.0.0.1:" + port, "schema": database, "sqllab": lab, "charts": charts, "refreshes": refreshes, "screenshots": s.shots,
		"uri": fmt.Sprintf("mysql+mysqldb://demo:demo@%s:%s/%s?charset=utf8mb4", s.host, s.port, database),
	})
	refreshed := 0
	for _, st := range steps {
		switch st.Step {
		case "schemas":
			if !slices.Contains(st.Names, "ask") || !slices.Contains(st.Names, database) {
				t.Errorf("Superset lists the schemas %q; ask and %s should be among them", st.Names, database)
			}
		case "tables":
			if st.Schema == "ask" && !slices.Contains(st.Names, saved) {
				t.Errorf("Superset does not list %s in schema ask, but %q", saved, st.Names)
			}
		case "SQL Lab":
			var rows []map[string]any
			if err := json.Unmarshal(st.Rows, &rows); st.failed() != "" || err != nil || len(rows) == 0 {
				t.Errorf("SQL Lab, %s: %s", st.SQL, st.raw)
			}
		case "refresh":
			refreshed++
			if len(st.Statuses) != len(charts) || slices.ContainsFunc(st.Statuses, func(code int) bool { return code != 200 }) {
				t.Errorf("a refresh of %d charts gave %v", len(charts), st.Statuses)
			}
		case "dashboard":
			if len(st.Errors) > 0 {
				t.Errorf("the dashboard shows errors: %q", st.Errors)
			}
		}
	}
	if refreshed != refreshes {
		t.Errorf("the dashboard was refreshed %d times, want %d", refreshed, refreshes)
	}
	calls := s.model.calls()
	total := 0
	for q, n := range calls {
		total += n
		if n != 1 {
			t.Errorf("the model was asked %d times for %q, want once", n, q)
		}
	}
	if total != 6 {
		t.Errorf("the model was called %d times (%v); the dashboard has six questions", total, calls)
	}
	r.add("Superset 6.0, mysqlclient", fmt.Sprintf("database registered, schema `ask` listed, %d statements in SQL Lab, six virtual data sets on questions and a physical one on a saved question, "+
		"a dashboard of %d charts refreshed %d times in Chromium: %d model calls in total, every chart's data 200", len(lab), len(charts), refreshed, total))
	r.show("superset-dashboard.png", "superset-sqllab.png", "superset-chart.png")
}

// libreoffice opens tables and saved questions in LibreOffice Base.
func (s *site) libreoffice(t *testing.T, r *report) {
	pipe := "askwire" + freePort(t)
	start(t, exec.Command("soffice", "--headless", "--norestore", "--nologo", "-env:UserInstallation=file://"+t.TempDir(), "--accept=pipe,name="+pipe+";urp;"), nil)
	steps := run(t, "/usr/bin/python3", "libreoffice.py", map[string]any{ // Debian's Python has LibreOffice's module uno
		"pipe": pipe, "host": s.host, "port": s.port, "user": "demo", "password": "demo", "database": database,
		"tables":     []string{database + ".categories", "ask." + saved},
		"statements": []string{"ASK '" + asked + "'", "SELECT * FROM ask.`" + asked + "` WHERE ( 0 = 1 )", "SELECT COUNT(*) AS days FROM ask." + saved},
		"prepared":   [][]string{{"ASK ?", asked}, {"SELECT * FROM ASK('" + asked + "') AS q WHERE order_date > ?", "2000-01-01"}},
	})
	opened := 0
	for _, st := range steps {
		if st.failed() != "" {
			t.Errorf("LibreOffice, %s %s%s: %s", st.Step, st.Table, st.SQL, st.failed())
			continue
		}
		switch st.Step {
		case "tables":
			if !slices.Contains(st.Names, "ask."+saved) || !slices.Contains(st.Names, database+".orders") {
				t.Errorf("LibreOffice lists %q", st.Names)
			}
		case "open table":
			opened++
			var rows [][]any
			if err := json.Unmarshal(st.Rows, &rows); err != nil || len(rows) == 0 || len(st.Types) == 0 || len(st.Designer) < len(st.Types) {
				t.Errorf("LibreOffice opened %s: %s", st.Table, st.raw)
			}
		case "statement", "prepared":
			var columns []string
			if err := json.Unmarshal(st.Columns, &columns); err != nil || len(columns) == 0 {
				t.Errorf("LibreOffice, %s: %s", st.SQL, st.raw)
			}
		}
	}
	if opened != 2 {
		t.Errorf("LibreOffice opened %d tables, want 2", opened)
	}
	r.add("LibreOffice Base 7.4 (native connector, over UNO)", "tables of every schema and `ask` listed, a table and a saved question opened as by double click, the query designer's composer on both, "+
		"ASK, `WHERE (0 = 1)`, COUNT, prepared ASK ?")
}

// pages opens Adminer and phpMyAdmin in a browser.
func (s *site) pages(t *testing.T, r *report) {
	pma := t.TempDir()
	if out, err := exec.Command("cp", "-rL", "/usr/share/phpmyadmin/.", pma).CombinedOutput(); err != nil {
		t.Fatalf("phpMyAdmin: %v: %s", err, out)
	}
	vendor := filepath.Join(pma, "libraries", "vendor_config.php")
	text, err := os.ReadFile(vendor)
	if err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(pma, "tmp")
	own := strings.NewReplacer("/etc/phpmyadmin/config.inc.php", filepath.Join(pma, "config.inc.php"), "/var/lib/phpmyadmin/tmp/", tmp+"/").Replace(string(text))
	for file, text := range map[string]string{vendor: own, filepath.Join(pma, "config.inc.php"): "<?php\n$cfg['blowfish_secret'] = '0123456789abcdef0123456789abcdef';\n" +
		"$cfg['Servers'][1] = ['auth_type' => 'cookie', 'host' => '" + s.host + "', 'port' => '" + s.port + "'];\n$cfg['TempDir'] = '" + tmp + "/';\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	ports := [2]string{freePort(t), freePort(t)}
	for i, dir := range []string{pma, "/usr/share/adminer/adminer"} {
		start(t, exec.Command("php", "-S", "127.0.0.1:"+ports[i], "-t", dir), []string{"PHP_CLI_SERVER_WORKERS=6"})
		waitFor(t, ports[i])
	}
	port, err := strconv.Atoi(s.port)
	if err != nil {
		t.Fatal(err)
	}
	statements := []string{"ASK '" + asked + "'", "SELECT order_date, orders FROM ask.`" + asked + "` ORDER BY orders DESC LIMIT 3"}
	steps := run(t, filepath.Join(s.tools, "venv", "bin", "python"), "pages.py", map[string]any{
		"phpmyadmin": "http://127.0.0.1:" + ports[0], "adminer": "http://127.0.0.1:" + ports[1] + "/", "host": s.host, "port": port,
		"user": "demo", "password": "demo", "database": database, "saved": saved, "statements": statements, "screenshots": s.shots,
	})
	for _, st := range steps {
		switch {
		case st.failed() != "":
			t.Errorf("%s, %s%s: %s", st.Step, st.SQL, st.Table, st.failed())
		case strings.HasSuffix(st.Step, "tables") || strings.HasSuffix(st.Step, "databases"):
			if len(st.Names) == 0 {
				t.Errorf("%s: none", st.Step)
			}
		case len(st.Cells) < 2:
			t.Errorf("%s, %s%s: no rows: %s", st.Step, st.SQL, st.Table, st.raw)
		}
	}
	r.add("Adminer 4.8 and phpMyAdmin 5.2 in Chromium", "log in, list databases and tables, `ASK '…'`, a question as a table with ORDER BY and LIMIT, open a saved question of schema `ask`")
	r.show("adminer.png", "adminer-ask.png", "phpmyadmin.png", "phpmyadmin-ask.png")
}

// drivers runs the MySQL drivers of Cube and Evidence as these tools do.
func (s *site) drivers(t *testing.T, r *report) {
	port, err := strconv.Atoi(s.port)
	if err != nil {
		t.Fatal(err)
	}
	statements := []string{"SELECT * FROM ask.`" + asked + "`", "SELECT order_date, orders FROM ask." + saved + " ORDER BY orders DESC LIMIT 3", "ASK '" + asked + "'"}
	steps := run(t, "node", "drivers.js", map[string]any{
		"modules": filepath.Join(s.tools, "node_modules"), "host": s.host, "port": port, "user": "demo", "password": "demo", "database": database,
		"saved": saved, "statements": statements, "slow": "SELECT SUM(LENGTH(SHA2(CONCAT(a.id, b.id), 512))) FROM order_items a JOIN order_items b ON a.order_id <> b.order_id",
	})
	done := map[string]int{}
	for _, st := range steps {
		if st.failed() != "" {
			t.Errorf("%s, %s: %s", st.Step, st.SQL, st.failed())
		}
		done[st.Step]++
		switch st.Step {
		case "cube tables":
			if !slices.Contains(st.Names, database+".orders") {
				t.Errorf("Cube lists %q", st.Names)
			}
		case "cube schemas":
			if !slices.Contains(st.Names, "ask") || !slices.Contains(st.Names, database) {
				t.Errorf("Cube lists the schemas %q", st.Names)
			}
		case "cube columns":
			if len(st.Types) < 2 {
				t.Errorf("Cube describes %s: %s", st.Table, st.raw)
			}
		default:
			var columns []string
			var rows []any
			if json.Unmarshal(st.Columns, &columns) != nil || json.Unmarshal(st.Rows, &rows) != nil || len(columns) == 0 || len(rows) == 0 {
				t.Errorf("%s, %s: no rows: %s", st.Step, st.SQL, st.raw)
			}
		}
	}
	if done["cube query"] != len(statements)+1 || done["cube stream"] != 1 || done["cube cancel"] != 1 || done["evidence query"] != len(statements) {
		t.Errorf("not every step ran: %v", done)
	}
	r.add("Cube 1.7 and Evidence 1.1, their MySQL drivers", "Cube: schemas, tables with keys, a saved question's columns, questions as tables, a measure with parameters, a stream, cancel by KILL; "+
		"Evidence: connection test, its count of every query's rows, a question as a table, `ASK '…'`")
}

// replay sends what tools say that cannot run here.
func (s *site) replay(t *testing.T, r *report) {
	files, err := filepath.Glob("testdata/replay/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no statements to replay: %v", err)
	}
	for _, file := range files {
		db := s.open(t)
		db.SetMaxOpenConns(1) // one session, as the tool's connection
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, q := range strings.Split(string(text), "\n--\n") {
			q = strings.TrimSpace(q)
			if q == "" {
				continue
			}
			n++
			rows, err := db.QueryContext(t.Context(), q)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
				_ = rows.Close()
			}
			if err != nil {
				t.Errorf("%s: %v\n%s", filepath.Base(file), err, q)
			}
		}
		_ = db.Close()
		r.add(strings.TrimSuffix(filepath.Base(file), ".sql")+" (replayed, the tool was not run)", fmt.Sprintf("%d statements, none refused", n))
	}
}

// panels opens a dashboard of twenty panels at once, cold and warm, and sets the warm one against the same SQL.
func (s *site) panels(t *testing.T, r *report) {
	db := s.open(t)
	db.SetMaxOpenConns(panels)
	db.SetMaxIdleConns(panels)
	board := func(sql func(int) string) time.Duration {
		began := time.Now()
		var wg sync.WaitGroup
		for i := range panels {
			wg.Go(func() {
				rows, err := db.QueryContext(t.Context(), sql(i))
				if err != nil {
					t.Errorf("panel %d: %v", i, err)
					return
				}
				defer rows.Close()
				n := 0
				for rows.Next() {
					n++
				}
				if rows.Err() != nil || n == 0 {
					t.Errorf("panel %d: %d rows, %v", i, n, rows.Err())
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	question := func(i int) string { return "SELECT city, orders FROM ask.`" + panelQuestion(i) + "`" }
	plain := func(i int) string { return "SELECT city, orders FROM (" + answers[panelQuestion(i)] + ") AS q" }
	before := s.model.calls()
	cold := board(question)
	for i := range panels {
		if n := s.model.calls()[panelQuestion(i)] - before[panelQuestion(i)]; n != 1 {
			t.Errorf("the model was asked %d times for panel %d, want once", n, i+1)
		}
	}
	var asQuestion, asSQL []time.Duration
	for range 40 {
		asQuestion, asSQL = append(asQuestion, board(question)), append(asSQL, board(plain))
	}
	slices.Sort(asQuestion)
	slices.Sort(asSQL)
	ratio := float64(asQuestion[len(asQuestion)/2]) / float64(asSQL[len(asSQL)/2])
	t.Logf("20 panels: cold %v, warm %v, the same SQL %v: %.2f", cold, asQuestion[len(asQuestion)/2], asSQL[len(asSQL)/2], ratio)
	r.add("A dashboard of 20 panels, opened at once", fmt.Sprintf("cold: %d model calls; warm (median of 40): %.2f × the time of the same SQL as plain SQL through askwire", panels, ratio))
}

func (s *site) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", "demo:demo@tcp("+net.JoinHostPort(s.host, s.port)+")/"+database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// waitFor returns when the port of this machine takes connections.
func waitFor(t *testing.T, port string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("nothing listens on port %s", port)
}
