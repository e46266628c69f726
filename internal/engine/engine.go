// Package engine starts and stops real database servers as private child processes: MariaDB, MySQL, TiDB and the light
// embedded engine. The demo and the tests use it.
//
// Start finds the server's program, makes a data directory, starts the server with small buffers on a port of 127.0.0.1
// that the kernel chose, waits until it greets, and returns a Server with a DSN of its root account, which has no
// password: the servers listen on loopback only. Stop ends it. On Linux the kernel ends it when this process dies.
//
// The package speaks to the servers no further than reading their greeting, so it needs no driver.
package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// Kind names an engine that Start can run.
type Kind string

const (
	MariaDB   Kind = "mariadb"   // the MariaDB at hand; 10.11 in the tests
	MariaDB11 Kind = "mariadb11" // MariaDB 11.7 or later, with vectors
	MySQL     Kind = "mysql"     // MySQL 8 or later
	TiDB      Kind = "tidb"      // TiDB with its storage in process
	Embedded  Kind = "embedded"  // go-mysql-server with tables in memory
)

// Kinds returns every engine that Start knows, the reference engine first.
func Kinds() []Kind { return []Kind{MariaDB, MySQL, MariaDB11, TiDB, Embedded} }

// Family is the kind of server as far as SQL and protocol differ.
func (k Kind) Family() askwire.Family {
	switch k {
	case MySQL:
		return askwire.MySQL
	case TiDB:
		return askwire.TiDB
	case Embedded:
		return askwire.Embedded
	default:
		return askwire.MariaDB
	}
}

// Options say what to start.
type Options struct {
	Kind Kind
	// Dir keeps the data: it is made when missing and used again when it was made by the same kind of engine. "" is a
	// temporary directory that Stop removes; the server then does not wait for its disk. Embedded takes "" only.
	Dir string
	// Memory is the size of the server's buffer in bytes; 0 = 128 MiB.
	Memory int64
	// Args are further arguments of the server's program, which win over this package's own.
	Args []string
	// Wait is how long the server may take until it answers; 0 = two minutes, enough for a first start on a slow disk.
	Wait time.Duration
}

// Server is a running server. Its methods may be called from any goroutine.
type Server struct {
	Kind    Kind
	Family  askwire.Family
	Version string // as it greets: "10.11.14-MariaDB"
	Addr    string // 127.0.0.1:port
	DSN     string // root without a password, in go-sql-driver's form, without a database: "root@tcp(127.0.0.1:3307)/"
	Dir     string // data and log; removed by Stop when it is temporary

	temporary bool
	child     *child
	unlock    func()
	stop      sync.Once
}

// PID is the server's process.
func (s *Server) PID() int { return s.child.cmd.Process.Pid }

// Start runs an engine and returns when it greets. The error of a server that does not start ends in the last lines of its log.
//
// ctx bounds the start only; the server lives until Stop or until this process ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	prog, ok := Find(o.Kind)
	if !ok {
		return nil, missing(o.Kind)
	}
	if o.Kind == Embedded && o.Dir != "" {
		return nil, askwire.Errorf(askwire.NotSupported, "The embedded engine keeps its tables in memory only.").
			WithHint("Leave the folder out, or choose another engine.")
	}
	if o.Memory == 0 {
		o.Memory = 128 << 20
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()

	s := &Server{Kind: o.Kind, Family: o.Kind.Family(), Dir: o.Dir, unlock: func() {}}
	if s.Dir == "" {
		sweep()
		dir, err := os.MkdirTemp("", temporaryPrefix+string(o.Kind)+"-")
		if err != nil {
			return nil, failed(o.Kind, err, "").WithHint("Set TMPDIR to a folder that can be written.")
		}
		s.Dir, s.temporary = dir, true
	}
	if err := s.start(ctx, prog, o); err != nil {
		s.unlock()
		if s.temporary {
			_ = os.RemoveAll(s.Dir) // the error of the start is the one to report
		}
		return nil, err
	}
	return s, nil
}

// start prepares the directory and starts the server, on another port when the chosen one was taken in between.
func (s *Server) start(ctx context.Context, prog Program, o Options) error {
	var err error
	if s.Dir, err = filepath.Abs(s.Dir); err != nil {
		return failed(s.Kind, err, "")
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return failed(s.Kind, err, "").WithHint("Choose a folder that can be written.")
	}
	if s.unlock, err = lockDir(s.Dir); err != nil {
		s.unlock = func() {}
		return askwire.Errorf(askwire.BackendUnavailable, "The folder %s is in use by another server.", s.Dir).
			WithHint("Stop it, or choose another folder.").Wrap(err)
	}
	d := daemon{prog: prog, dir: s.Dir, memory: o.Memory, durable: !s.temporary, args: o.Args}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	for range 3 {
		var addr string
		if addr, err = freeAddr(); err != nil {
			return failed(s.Kind, err, "")
		}
		var c *child
		if c, err = launch(d.command(addr), d.log()); err != nil {
			return failed(s.Kind, err, tail(d.log()))
		}
		var version string
		if version, err = greeting(ctx, addr, c); err == nil {
			s.child, s.Addr, s.Version, s.DSN = c, addr, version, "root@tcp("+addr+")/"
			return nil
		}
		c.end(0)
		if ctx.Err() != nil || canListen(addr) {
			break // not the port's fault
		}
	}
	return failed(s.Kind, err, tail(d.log()))
}

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.child.done }

// LastLog returns the last lines of the server's log.
func (s *Server) LastLog() string { return tail(filepath.Join(s.Dir, logName)) }

// Stop ends the server: a kept directory is closed in order, a temporary one is removed. Calls after the first do nothing.
func (s *Server) Stop() error {
	var err error
	s.stop.Do(func() {
		grace := 30 * time.Second
		if s.temporary {
			grace = 0
		}
		s.child.end(grace)
		s.unlock()
		if s.temporary {
			err = os.RemoveAll(s.Dir)
		}
	})
	return err
}

// missing says how to get an engine that is not here.
func missing(k Kind) *askwire.Error {
	e := askwire.Errorf(askwire.BackendUnavailable, "The server program of %s was not found on PATH or under %s.", k, enginesDirs())
	switch k {
	case MariaDB:
		return e.WithHint("Install it (Debian, Ubuntu: apt-get install mariadb-server-core), or run `make engines`.")
	case MySQL:
		return e.WithHint("Install MySQL 8 or later, or run `make engines`.")
	case MariaDB11, TiDB, Embedded:
		return e.WithHint("Run `make engines`, or set ASKWIRE_ENGINES to the folder that has it.")
	default:
		return askwire.Errorf(askwire.WrongValue, "%q is not an engine.", k).WithHint("Choose one of %s.", kindNames())
	}
}

func kindNames() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// failed is the error of a server that did not start, with the end of its log.
func failed(k Kind, err error, lines string) *askwire.Error {
	msg := fmt.Sprintf("%s did not start: %v.", k, err)
	if lines != "" {
		msg += " The last lines of its log:\n" + lines + "\n"
	}
	return (&askwire.Error{Op: "engine.Start", Code: askwire.BackendUnavailable, Message: msg, Err: err}).
		WithHint("Correct what the log names, or choose another engine.")
}
