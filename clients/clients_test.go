//go:build clients

package clients_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/askwire/askwire/clients"
	"github.com/askwire/askwire/internal/engine"
)

// client is a real client and the script that drives it.
type client struct {
	name string
	argv []string // {bin} is the folder of the installed clients
	// without are steps, or kinds of steps, that the client has no means for; docs/clients.md says so.
	without []string
	late    string // of steps
	// mysql is how the client fares with MySQL itself.
	mysql onMySQL
}

// onMySQL says what a client cannot do with a MySQL without askwire.
type onMySQL struct {
	without []string
	noLogin bool // not even log in: it is run through askwire alone
}

var engines = []engine.Kind{engine.MariaDB, engine.MySQL}

// TestClients runs every client directly and through askwire, on both engines. CLIENTS=pymysql,mysql2 narrows.
func TestClients(t *testing.T) {
	wanted := chosen(t)
	for _, kind := range engines {
		t.Run(string(kind), func(t *testing.T) {
			s := newSite(t, kind)
			for _, c := range wanted {
				t.Run(c.name, func(t *testing.T) { s.compare(t, c) })
			}
		})
	}
}

// chosen are the clients that CLIENTS names, or all.
func chosen(t *testing.T) []client {
	only := os.Getenv("CLIENTS")
	if only == "" {
		return all
	}
	var some []client
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(all, func(c client) bool { return c.name == name })
		if i < 0 {
			t.Fatalf("CLIENTS names %q, which is no client of this suite", name)
		}
		some = append(some, all[i])
	}
	return some
}

func (s *site) compare(t *testing.T, c client) {
	if s.engine == engine.MySQL {
		c.without = append(slices.Clone(c.without), c.mysql.without...)
		if c.mysql.noLogin {
			_, steps := s.run(t, c, true)
			t.Logf("%d steps, through askwire alone", len(steps))
			provenance(t, c, steps)
			return
		}
	}
	direct, directSteps := s.run(t, c, false)
	proxied, proxiedSteps := s.run(t, c, true)
	if t.Failed() {
		return
	}
	comparison := clients.Comparison{Client: c.name, Engine: string(s.engine), Questions: questions(), Suffix: s.suffix}
	comparison.Steps(directSteps, proxiedSteps)
	comparison.Wire(direct, proxied)
	excused := map[string]int{}
	for _, d := range comparison.Differences() {
		if class, ok := clients.ClassOf(d); ok {
			excused[class.Name]++
			t.Logf("%s: %s", class.Name, d)
			continue
		}
		t.Errorf("%s", d)
	}
	t.Logf("%d steps, %d connections; differences by class: %v", len(directSteps), len(direct), excused)
	provenance(t, c, proxiedSteps)
}

// run lets a client go through the script, and gives what was on the wire and what the script printed.
func (s *site) run(t *testing.T, c client, throughAskwire bool) ([]*clients.Transcript, []clients.Step) {
	t.Helper()
	target, side := s.direct, "direct"
	if throughAskwire {
		target, side = s.proxied, "through askwire"
	}
	recorder, err := clients.NewRecorder(target)
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(recorder.Addr)
	if err != nil {
		t.Fatal(err)
	}
	without := map[string]bool{}
	for _, w := range c.without {
		without[w] = true
	}
	file := filepath.Join(t.TempDir(), "steps")
	if err := os.WriteFile(file, []byte(steps(throughAskwire, without, c.late)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	argv := slices.Clone(c.argv)
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "{bin}", installed())
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "DB_HOST="+host, "DB_PORT="+port, "DB_USER="+user, "DB_PASSWORD="+password, "DB_NAME="+database, "STEPS="+file,
		"CLIENTS_FOLDER="+installed(), "TZ=UTC", "LC_ALL=C.UTF-8")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what a script has started ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Run(); err != nil {
		t.Errorf("%s, %s: %v\n%s\n%s", c.name, side, err, tail(out.String()), tail(errs.String()))
	}
	s.stopQueries(t)
	transcripts, err := recorder.Close()
	if err != nil {
		t.Errorf("%s, %s: %v", c.name, side, err)
	}
	if dir := os.Getenv("TRANSCRIPTS"); dir != "" {
		keep(t, filepath.Join(dir, fmt.Sprintf("%s-%s-%s", c.name, s.engine, strings.Fields(side)[0])), transcripts, out.Bytes())
	}
	var printed []clients.Step
	for lines := bufio.NewReader(&out); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var step clients.Step
		if err := json.Unmarshal(line, &step); err != nil {
			t.Errorf("%s, %s: the script printed %.200q: %v", c.name, side, line, err)
			break
		}
		printed = append(printed, step)
	}
	for _, name := range names(steps(throughAskwire, without, c.late)) {
		if !slices.ContainsFunc(printed, func(s clients.Step) bool { return s["name"] == name }) {
			t.Errorf("%s, %s: the script left out the step %s", c.name, side, name)
		}
	}
	return transcripts, printed
}

// names are those of the steps in a script.
func names(script string) (all []string) {
	for line := range strings.Lines(script) {
		all = append(all, strings.Split(strings.TrimSpace(line), "\t")[1])
	}
	return all
}

// keep writes both transcripts to files, to be read by people.
func keep(t *testing.T, name string, transcripts []*clients.Transcript, out []byte) {
	b, err := json.MarshalIndent(transcripts, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".wire.json", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".client.jsonl", out, 0o600); err != nil {
		t.Fatal(err)
	}
}

func tail(s string) string {
	if len(s) > 2000 {
		return "…" + s[len(s)-2000:]
	}
	return s
}

// installed is the folder that scripts/clients.sh fills.
func installed() string {
	return filepath.Join(os.Getenv("ASKWIRE_ENGINES"), "clients")
}

// provenance: SHOW WARNINGS after a question says who verified it, and which tables were read.
func provenance(t *testing.T, c client, steps []clients.Step) {
	seen := 0
	for _, s := range steps {
		name := fmt.Sprint(s["name"])
		if !strings.HasPrefix(name, "notes") {
			continue
		}
		seen++
		text := fmt.Sprint(s["rows"])
		for _, want := range []string{"Note", "verified", "clients.customers"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: SHOW WARNINGS does not say %q: %s", name, want, text)
			}
		}
	}
	if seen == 0 && !slices.Contains(c.without, "notes") {
		t.Error("no step looked at the notes of an answer")
	}
}
