package askwire_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"go.yaml.in/yaml/v3"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// compose holds the keys that docker-compose.yml may use: the decoder refuses any other, as `docker compose config` does.
type compose struct {
	Name     string
	Services map[string]service
	Volumes  map[string]struct{}
}

type service struct {
	Image       string
	Build       string
	Profiles    []string
	Environment map[string]string
	Entrypoint  []string
	Command     []string
	Ports       []string
	Volumes     []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck *struct {
		Test              []string
		Interval, Timeout string
		Retries           int
	}
	Restart string
}

func loadCompose(t *testing.T) compose {
	t.Helper()
	text, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var c compose
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Services {
		for _, list := range [][]string{s.Command, s.Entrypoint} {
			for i := range list {
				list[i] = interpolate(list[i])
			}
		}
		for k, v := range s.Environment {
			s.Environment[k] = interpolate(v)
		}
	}
	return c
}

var variable = regexp.MustCompile(`\$\$|\$\{([A-Z_]+):-([^}]*)\}`)

// interpolate does what Compose does without any variable set: the default, and $ for $$.
func interpolate(s string) string {
	return variable.ReplaceAllStringFunc(s, func(m string) string {
		if m == "$$" {
			return "$"
		}
		return variable.FindStringSubmatch(m)[2]
	})
}

func TestComposeFile(t *testing.T) {
	c := loadCompose(t)
	for _, name := range []string{"mysql", "samples", "askwire", "ollama", "ollama-model"} {
		if _, ok := c.Services[name]; !ok {
			t.Errorf("there is no service %s", name)
		}
	}
	for name, s := range c.Services {
		if s.Build == "" && !regexp.MustCompile(`^[a-z/]+:\d`).MatchString(s.Image) {
			t.Errorf("%s: image %q has no version", name, s.Image)
		}
		if local := strings.HasPrefix(name, "ollama"); local != slices.Equal(s.Profiles, []string{"local-model"}) {
			t.Errorf("%s: profiles are %q", name, s.Profiles)
		}
		for other, d := range s.DependsOn {
			o, ok := c.Services[other]
			switch {
			case !ok:
				t.Errorf("%s depends on %s, which there is not", name, other)
			case d.Condition == "service_healthy" && o.Healthcheck == nil:
				t.Errorf("%s waits until %s is healthy, which has no healthcheck", name, other)
			case d.Condition == "service_completed_successfully" && o.Restart != "no":
				t.Errorf("%s waits until %s has ended, which is restarted", name, other)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %q is open to the network", name, p)
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(source, "./") {
				if _, err := os.Stat(source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, ok := c.Volumes[source]; !ok {
				t.Errorf("%s: volume %q is not declared", name, source)
			}
		}
	}
	// Every secret that the configuration names is set where it is used.
	config, err := os.ReadFile("deploy/compose/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	proxy := c.Services["askwire"]
	for _, m := range regexp.MustCompile(`"env:([A-Z_]+)"`).FindAllStringSubmatch(string(config), -1) {
		_, set := proxy.Environment[m[1]]
		if !set && !strings.Contains(strings.Join(proxy.Entrypoint, " "), m[1]+"=$(") {
			t.Errorf("deploy/compose/config.toml reads %s, which docker-compose.yml does not set", m[1])
		}
	}
}

// TestComposeRuns does by hand what `docker compose up` does, with the file's own commands, accounts, configuration and
// environment, on a real MySQL: only the containers are missing.
func TestComposeRuns(t *testing.T) {
	c := loadCompose(t)
	enginetest.UseWorkingTree()
	if _, ok := engine.Find(engine.MySQL); !ok && os.Getenv("ALLOW_MISSING_ENGINES") == "1" {
		t.Skip("MySQL is not on this machine, and ALLOW_MISSING_ENGINES=1")
	}
	srv, err := engine.Start(t.Context(), engine.Options{Kind: engine.MySQL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	bin := filepath.Join(dir, "askwire")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/askwire").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	here := strings.NewReplacer("tcp(mysql:3306)", "tcp("+srv.Addr+")", "root:askwire-root@", "root@",
		"/etc/askwire", dir, "/var/lib/askwire", dir, "127.0.0.1:4380", "127.0.0.1:0", "0.0.0.0:4306", "127.0.0.1:0")

	createAccounts(t, srv, c.Services["mysql"].Environment, dir)
	args := append(slices.Clone(c.Services["samples"].Command), "--scale", "0.02")
	for i := range args {
		args[i] = here.Replace(args[i])
	}
	if out, err := exec.CommandContext(t.Context(), bin, args...).CombinedOutput(); err != nil {
		t.Fatalf("askwire %q: %v\n%s", args, err, out)
	}

	// What the image has under /etc/askwire.
	config, err := os.ReadFile("deploy/compose/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(here.Replace(string(config))), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "catalog.d"), os.DirFS("generators/samples")); err != nil {
		t.Fatal(err)
	}

	proxy := c.Services["askwire"]
	env := append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	for k, v := range proxy.Environment {
		env = append(env, k+"="+here.Replace(v))
	}
	shell := func(args ...string) *exec.Cmd {
		for i := range args {
			args[i] = here.Replace(args[i])
		}
		argv := append(slices.Clone(proxy.Entrypoint), args...)
		cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
		cmd.Env = env
		return cmd
	}

	t.Run("Check", func(t *testing.T) {
		if out, err := shell("check", "-c", "/etc/askwire/config.toml").CombinedOutput(); err != nil {
			t.Errorf("askwire check: %v\n%s", err, out)
		}
	})

	t.Run("Serve", func(t *testing.T) {
		cmd := shell(slices.Clone(proxy.Command)...)
		var log bytes.Buffer
		cmd.Stderr = &log
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		addr := listening(stdout)
		if addr == "" {
			_ = cmd.Wait() // the log says why
			t.Fatalf("askwire serve ended:\n%s", log.String())
		}
		t.Cleanup(func() {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Error(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("askwire serve: %v\n%s", err, log.String())
			}
		})
		m := mysql.NewConfig()
		m.User, m.Passwd, m.Net, m.Addr, m.TLSConfig = "demo", proxy.Environment["DEMO_PASSWORD"], "tcp", addr, "skip-verify"
		db, err := sql.Open("mysql", m.FormatDSN())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM hr.employees").Scan(&n); err != nil || n == 0 {
			t.Errorf("employees: %d, %v", n, err)
		}
		rows, err := db.QueryContext(t.Context(), "ASK '최근 한 달간 주문량을 알려줘'")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if columns, err := rows.Columns(); err != nil || len(columns) < 2 || columns[len(columns)-1] != "summary" {
			t.Errorf("columns of the answer: %q, %v", columns, err)
		}
	})
}

// createAccounts runs deploy/compose/accounts.sh with a mysql program that hands its input on to srv.
func createAccounts(t *testing.T, srv *engine.Server, env map[string]string, dir string) {
	t.Helper()
	fake := filepath.Join(dir, "fake")
	if err := os.Mkdir(fake, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(fake, "mysql"), []byte("#!/bin/sh\nexec cat\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "deploy/compose/accounts.sh")
	cmd.Env = []string{"PATH=" + fake + ":" + os.Getenv("PATH")}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("accounts.sh: %v", err)
	}
	db, err := sql.Open("mysql", srv.DSN+"?multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatalf("accounts.sh: %v\n%s", err, text)
	}
}

// listening reads the line in which `askwire serve` says where it listens; "" when it ends without.
func listening(stdout io.Reader) string {
	for s := bufio.NewScanner(stdout); s.Scan(); {
		var addr string
		if _, err := fmt.Sscanf(s.Text(), "askwire: MySQL protocol on %s", &addr); err == nil {
			return addr
		}
	}
	return ""
}
