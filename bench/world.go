package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
	"time"

	_ "github.com/go-sql-driver/mysql" // database/sql driver, for loading

	"github.com/askwire/askwire/internal/engine"
)

// target is something that speaks the MySQL protocol.
type target struct {
	name, addr     string
	user, password string
	tls            bool
	pid            int // whose processor time is the peer's; 0 = not known
	server         int // process of the database server behind it
	store          int // process of the server of the history, where that is another one
}

// world is everything that runs during the bench.
type world struct {
	version                   string
	direct, haproxy, handler  target
	gated, rowPolicy, audited target
	before                    target // an askwire of another binary, where one is named
	gatedMetrics              string
	gatedPID                  int
	model                     *benchModel
	lastAddr                  string // of the askwire started last
	stops                     []func()

	// askwire starts another askwire and returns it with its metrics' address and its process.
	askwire func(ctx context.Context, o proxyOptions) (target, string, int, error)
}

// proxyOptions are what askwires of the bench differ in. Program and store have defaults.
type proxyOptions struct{ program, audit, plain, store string }

func (w *world) stop() {
	for i := len(w.stops) - 1; i >= 0; i-- {
		w.stops[i]()
	}
}

const benchPassword = "bench"

// start runs everything that the bench compares.
func start(ctx context.Context, s settings, dir string) (w *world, err error) {
	w = &world{}
	defer func() {
		if err != nil {
			w.stop()
		}
	}()
	if _, err := exec.LookPath("haproxy"); err != nil {
		return w, errors.New("haproxy is missing: run `scripts/engines.sh --bench`")
	}
	if err := w.server(ctx, s, dir); err != nil {
		return w, err
	}
	w.haproxy = target{name: "haproxy", addr: freeAddr(), user: "root", server: w.direct.server}
	conf := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(conf, []byte(fmt.Sprintf(haproxyConf, w.haproxy.addr, w.direct.addr)), 0o600); err != nil {
		return w, err
	}
	if w.haproxy.pid, err = w.run(ctx, s, w.haproxy.addr, "haproxy", "-db", "-f", conf); err != nil {
		return w, err
	}

	w.handler = target{name: "handler", addr: freeAddr(), user: "root", server: w.direct.server}
	self, err := os.Executable()
	if err != nil {
		return w, err
	}
	if w.handler.pid, err = w.run(ctx, s, w.handler.addr, self, "-handler-listen", w.handler.addr, "-handler-backend", w.direct.addr); err != nil {
		return w, err
	}

	if w.gated, w.gatedMetrics, w.gatedPID, err = w.askwire(ctx, proxyOptions{audit: "best_effort", plain: "off"}); err != nil {
		return w, err
	}
	w.rowPolicy = w.gated
	w.rowPolicy.name, w.rowPolicy.user = "askwire, row policy", "tenant"
	if w.audited, _, _, err = w.askwire(ctx, proxyOptions{audit: "required", plain: "all"}); err != nil {
		return w, err
	}
	if s.before != "" {
		if w.before, _, _, err = w.askwire(ctx, proxyOptions{program: s.before, audit: "best_effort", plain: "off"}); err != nil {
			return w, err
		}
		w.before.name = "before"
	}
	return w, nil
}

// server runs the database server with its data and the model, and makes w.askwire.
func (w *world) server(ctx context.Context, s settings, dir string) error {
	if _, err := exec.LookPath(s.askwire); err != nil {
		return fmt.Errorf("%s is missing: run `make build`", s.askwire)
	}
	db, err := engine.Start(ctx, engine.Options{Kind: engine.MariaDB, Memory: 512 << 20})
	if err != nil {
		return err
	}
	w.stops = append(w.stops, func() { db.Stop() })
	w.version = "MariaDB " + db.Version
	if err := loadData(ctx, db.DSN, s.bigRows); err != nil {
		return err
	}
	w.direct = target{name: "direct", addr: db.Addr, user: "root", server: db.PID()}
	model := serveModel()
	w.model = model
	w.stops = append(w.stops, func() { model.Close() })
	hash, err := hashPassword(ctx, s.askwire)
	if err != nil {
		return err
	}
	w.askwire = func(ctx context.Context, o proxyOptions) (target, string, int, error) {
		program, store := cmp.Or(o.program, s.askwire), cmp.Or(o.store, "root@tcp("+db.Addr+")/")
		listen, admin := freeAddr(), freeAddr()
		file, err := os.CreateTemp(dir, o.audit+"-*.toml")
		if err != nil {
			return target{}, "", 0, err
		}
		defer file.Close()
		err = askwireConf.Execute(file, map[string]string{
			"Listen": listen, "Admin": admin, "DSN": "reader@tcp(" + db.Addr + ")/", "Store": store,
			"Audit": o.audit, "Plain": o.plain, "Model": model.URL, "Hash": hash,
		})
		if err != nil {
			return target{}, "", 0, err
		}
		w.lastAddr = listen
		pid, err := w.run(ctx, s, listen, program, "serve", "-c", file.Name())
		if err == nil {
			err = ready(ctx, "http://"+admin+"/readyz")
		}
		return target{name: "askwire", addr: listen, user: "bench", password: benchPassword, pid: pid, server: w.direct.server}, "http://" + admin + "/metrics", pid, err
	}
	return nil
}

// ready waits until askwire has read the catalog and reached the store.
func ready(ctx context.Context, url string) error {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New("askwire does not become ready; see its log in the output folder")
}

// run starts a program that will listen on addr, and waits until it does. Its output goes to a log in the output folder.
func (w *world) run(ctx context.Context, s settings, addr, program string, args ...string) (int, error) {
	name := filepath.Base(program)
	log, err := os.OpenFile(filepath.Join(s.out, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	w.stops = append(w.stops, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		log.Close()
	})
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return cmd.Process.Pid, nil
		}
		select {
		case <-done:
			return 0, fmt.Errorf("%s ended at once; see %s", name, log.Name())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return 0, fmt.Errorf("%s does not listen on %s; see %s", name, addr, log.Name())
}

func freeAddr() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func loadData(ctx context.Context, dsn string, bigRows int) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, q := range []string{
		"CREATE DATABASE bench CHARACTER SET utf8mb4",
		`CREATE TABLE bench.points (id INT PRIMARY KEY, tenant INT NOT NULL, k INT NOT NULL, c CHAR(60) NOT NULL, phone VARCHAR(20) NOT NULL, ssn CHAR(11) NOT NULL, KEY (k))`,
		fmt.Sprintf(`INSERT INTO bench.points SELECT seq, 7, seq * 7919 %% 100003, SHA2(seq, 224), CONCAT('010-', LPAD(seq, 8, '0')), LPAD(seq, 11, '0') FROM bench_seq.seq_1_to_%d`, points),
		`CREATE TABLE bench.big (id INT PRIMARY KEY, a INT NOT NULL, b DECIMAL(10,2) NOT NULL, c VARCHAR(20) NOT NULL, d DATETIME NOT NULL, e VARCHAR(10), f DOUBLE NOT NULL)`,
		fmt.Sprintf(`INSERT INTO bench.big SELECT seq, seq * 31 %% 1000, seq / 100, CONCAT('item ', seq %% 1000), '2024-01-01' + INTERVAL seq SECOND, IF(seq %% 3, 'paid', NULL), seq / 7 FROM bench_seq.seq_1_to_%d`, bigRows),
		"ANALYZE TABLE bench.points, bench.big",
		"CREATE USER reader@'%'", "GRANT SELECT ON bench.* TO reader@'%'",
	} {
		q = strings.ReplaceAll(q, "bench_seq.", "bench.")
		if _, err := db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	return nil
}

// execute runs one statement on a server.
func execute(ctx context.Context, dsn, q string) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, q)
	return err
}

const haproxyConf = `global
  maxconn 4096
  nbthread 2
defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen mysql
  bind %s
  server db %s
`

var askwireConf = template.Must(template.New("").Parse(`[proxy]
listen = "{{.Listen}}"
admin_listen = "{{.Admin}}"
max_sessions = 20000
max_sessions_per_user = 20000
max_sessions_per_address = 20000
[log]
level = "warn"
[[backend]]
name = "main"
dsn = "{{.DSN}}"
pool = 64
[store]
dsn = "{{.Store}}"
audit = "{{.Audit}}"
audit_plain = "{{.Plain}}"
[[model]]
name = "default"
provider = "openai"
base_url = "{{.Model}}/v1"
api_key = "bench"
model = "bench"
calls_per_minute = 100000
[[profile]]
name = "bench"
backend = "main"
models = ["default"]
tables = ["bench.points", "bench.big"]
deny_columns = ["bench.points.ssn"]
masks = { "bench.points.phone" = "partial(3, 4)" }
llm_data = "rows"
limits = { rows = 10000000, bytes = "4GiB", time = "10m", scan_rows = 1000000000, questions_per_day = 100000000, tokens_per_day = 100000000000 }
[[profile]]
name = "tenant"
backend = "main"
models = ["default"]
tables = ["bench.points"]
deny_columns = ["bench.points.ssn"]
masks = { "bench.points.phone" = "partial(3, 4)" }
rows = { "bench.points" = "tenant = @tenant" }
[[user]]
name = "bench"
password_hash = "{{.Hash}}"
profiles = ["bench"]
[[user]]
name = "tenant"
password_hash = "{{.Hash}}"
profiles = ["tenant"]
vars = { tenant = 7 }
`))

func hashPassword(ctx context.Context, askwire string) (string, error) {
	cmd := exec.CommandContext(ctx, askwire, "hash-password")
	cmd.Stdin = strings.NewReader(benchPassword + "\n")
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
