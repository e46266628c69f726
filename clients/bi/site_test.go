//go:build clients_bi

package bi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// site is the demo of askwire on a real MariaDB, asking the model of this run.
type site struct {
	host, port string
	model      *model
	tools      string // folder of what scripts/clients-bi.sh installed
	shots      string // folder of the screenshots
}

var listening = regexp.MustCompile(`MySQL protocol on (\S+?:\d+)`)

func newSite(t *testing.T) *site {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{model: newModel(t), tools: filepath.Join(root, ".engines", "bi"), shots: filepath.Join(root, "docs", "screens")}
	if dir := os.Getenv("ASKWIRE_ENGINES"); dir != "" {
		s.tools = filepath.Join(dir, "bi")
	}
	for _, dir := range []string{s.tools, s.shots} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(t.TempDir(), "askwire")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "../../cmd/askwire").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	env := []string{"OPENAI_BASE_URL=" + s.model.URL + "/v1", "OPENAI_API_KEY=none", "OPENAI_MODEL=bi"}
	out := start(t, exec.Command(bin, "demo", "--backend", "mariadb", "--listen", "127.0.0.1:0", "--scale", "0.2"), env)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			s.host, s.port, err = net.SplitHostPort(m[1])
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return s
		}
	}
	t.Fatal("askwire demo did not start; its log is above")
	return nil
}

// start runs a server until the end of the test, when it gets SIGTERM, and returns what it prints.
func start(t *testing.T, cmd *exec.Cmd, env []string) io.Reader {
	t.Helper()
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // the group: servers have children
		kill := time.AfterFunc(20*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		_ = cmd.Wait() // SIGTERM is how most of them end
		kill.Stop()
		if t.Failed() {
			t.Logf("%s:\n%.6000s", filepath.Base(cmd.Path), log.String())
		}
	})
	return out
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// step is a line that a script prints.
type step struct {
	Step     string            `json:"step"`
	SQL      string            `json:"sql"`
	Table    string            `json:"table"`
	Schema   string            `json:"schema"`
	Name     string            `json:"name"`
	Names    []string          `json:"names"`
	Failed   json.RawMessage   `json:"failed"`
	Message  string            `json:"message"`
	Columns  json.RawMessage   `json:"columns"`
	Designer []string          `json:"designer"`
	Rows     json.RawMessage   `json:"rows"`
	Cells    [][]string        `json:"cells"`
	Statuses []int             `json:"statuses"`
	Errors   []string          `json:"errors"`
	Types    map[string]string `json:"described"`
	raw      string
}

// failed is what went wrong in the step, as the tool words it; "" = nothing.
func (s step) failed() string {
	switch text := string(s.Failed); text {
	case "", "0", "null", `""`, "[]":
		return ""
	default:
		return text + " " + s.Message
	}
}

// run runs a script of scripts/ with the plan on its standard input.
func run(t *testing.T, python, script string, plan any) []step {
	t.Helper()
	in, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, filepath.Join("scripts", script))
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", script, err, out, errs.String())
	}
	var steps []step
	for line := range bytes.Lines(out) {
		s := step{raw: string(line)}
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatalf("%s printed %q: %v", script, line, err)
		}
		steps = append(steps, s)
	}
	return steps
}
