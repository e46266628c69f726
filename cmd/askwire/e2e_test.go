package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/internal/enginetest"
)

// patience is how long tests wait for what must come: much longer than it takes, because the machine may be busy.
const patience = 2 * time.Minute

// The test binary is also askwire itself: started again with this variable, it runs main.
const beAskwire = "ASKWIRE_TEST_BE_ASKWIRE"

func TestMain(m *testing.M) {
	if os.Getenv(beAskwire) != "" {
		main()
		return
	}
	enginetest.UseWorkingTree()
	enginetest.Main(m)
}

// process is a running askwire.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string        // of the MySQL protocol
	exit chan struct{} // closed when it has ended

	mu     sync.Mutex
	out    bytes.Buffer
	log    bytes.Buffer
	logged chan struct{} // gets a value after every line of log
}

// start runs askwire and waits for the line of its output that names the address.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := launch(t, env, args...)
	select {
	case <-p.exit:
		t.Fatalf("askwire ended: %s", p.text())
	case addr := <-p.address():
		p.addr = addr
	case <-time.After(patience):
		t.Fatalf("askwire does not say that it is ready: %s", p.text())
	}
	return p
}

var readyLine = regexp.MustCompile(`MySQL protocol on (\S+?:\d+)`)

func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, exit: make(chan struct{}), logged: make(chan struct{}, 1)}
	p.cmd = exec.Command(os.Args[0], args...)
	p.cmd.Env = append(append(os.Environ(), beAskwire+"=1", "OPENAI_API_KEY=", "OPENAI_BASE_URL="), env...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Add(2)
	go p.read(out, &p.out, &readers)
	go p.read(log, &p.log, &readers)
	go func() {
		readers.Wait()
		_ = p.cmd.Wait() // its exit code is in ProcessState
		close(p.exit)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
		select {
		case <-p.exit:
			if text := p.text(); t.Failed() {
				t.Logf("what askwire said last: %s", text[max(len(text)-8<<10, 0):])
			}
		case <-time.After(patience):
			_ = p.cmd.Process.Kill()
			t.Errorf("askwire did not stop: %s", p.text())
		}
	})
	return p
}

func (p *process) read(from io.Reader, into *bytes.Buffer, done *sync.WaitGroup) {
	defer done.Done()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		into.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		select {
		case p.logged <- struct{}{}:
		default:
		}
	}
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return "output:\n" + p.out.String() + "log:\n" + p.log.String()
}

// address gives the address when the process has said it.
func (p *process) address() <-chan string {
	found := make(chan string, 1)
	go func() {
		for range p.logged {
			if m := readyLine.FindStringSubmatch(p.text()); m != nil {
				found <- m[1]
				return
			}
		}
	}()
	return found
}

// waitLog waits until the log holds a text that was not there at the mark.
func (p *process) waitLog(mark int, want string) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		text := p.log.String()[mark:]
		p.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		select {
		case <-p.logged:
		case <-deadline:
			p.t.Fatalf("the log does not say %q: %s", want, text)
		}
	}
}

func (p *process) mark() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Len()
}

// stop ends the process with a signal and returns its exit code.
func (p *process) stop(s os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.exit:
	case <-time.After(patience):
		p.t.Fatalf("askwire did not stop: %s", p.text())
	}
	return p.cmd.ProcessState.ExitCode()
}

// open logs in as a client with go-sql-driver.
func (p *process) open(user, password string) *sql.DB {
	p.t.Helper()
	db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s)/", user, password, p.addr))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = db.Close() })
	return db
}

// conn is one session.
func (p *process) conn(user, password string) *sql.Conn {
	p.t.Helper()
	c, err := p.open(user, password).Conn(p.t.Context())
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.text())
	}
	p.t.Cleanup(func() { _ = c.Close() })
	return c
}

func query(t *testing.T, c *sql.Conn, statement string) result {
	t.Helper()
	r, err := readAll(t.Context(), c, statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return r
}

// recorded asks the history until it has rows: records are written in groups, shortly after the answer.
func recorded(t *testing.T, c *sql.Conn, statement string) result {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		if r := query(t, c, statement); len(r.Rows) > 0 || time.Now().After(deadline) {
			return r
		}
	}
}

// number is the MySQL error number of a statement's refusal, and its message.
func number(t *testing.T, c *sql.Conn, statement string) (uint16, string) {
	t.Helper()
	_, err := readAll(t.Context(), c, statement)
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		t.Fatalf("%s: %v, want an error of the server", statement, err)
	}
	return e.Number, e.Message
}

func value(v *string) string {
	if v == nil {
		return "NULL"
	}
	return *v
}

// cli runs the mariadb command-line client.
func (p *process) cli(args ...string) (string, error) {
	host, port, _ := strings.Cut(p.addr, ":")
	ctx, stop := context.WithTimeout(p.t.Context(), time.Minute)
	defer stop()
	out, err := exec.CommandContext(ctx, "mariadb", append([]string{"--no-defaults", "-h", host, "-P", port, "-udemo", "-pdemo", "--default-character-set=utf8mb4"}, args...)...).CombinedOutput()
	return string(out), err
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
