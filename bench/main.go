// Command bench measures askwire beside its peers: the same work, on the same engine, in one run, in turns.
//
// It starts a private MariaDB, HAProxy in TCP mode, a proxy made of go-mysql's Handler (handler.go) and askwire, with the
// gate on (scope, a denied column, a mask, and on a second line a row policy). The machine is shared by all of them, so
// only ratios mean something: every figure stands beside the same round's figure of a peer. A peer that is missing fails
// the run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type settings struct {
	askwire  string
	out      string
	rounds   int
	slice    time.Duration
	conns    []int
	before   string
	only     string
	bigRows  int
	idle     int
	handlerL string
	handlerB string
	soak     time.Duration
	soakPace time.Duration
}

func main() {
	var s settings
	flag.StringVar(&s.askwire, "askwire", "bin/askwire", "the askwire binary")
	flag.StringVar(&s.out, "out", "bench/out", "folder for benchstat files and logs")
	flag.IntVar(&s.rounds, "rounds", 5, "rounds; each measures every peer once")
	flag.DurationVar(&s.slice, "slice", 2*time.Second, "time for one peer in one round of point selects")
	flag.StringVar(&s.only, "only", "", "run one part: point | prepared | rows | ask | dashboard | login | idle | strangers | hangup, or profile: processor profiles of askwire, or syscalls: those of a point select")
	flag.IntVar(&s.bigRows, "rows", 1_000_000, "rows of the large result")
	flag.IntVar(&s.idle, "idle", 10_000, "idle sessions")
	flag.DurationVar(&s.soak, "soak", 0, "run the soak for this long instead of the bench")
	flag.DurationVar(&s.soakPace, "soak-pace", 20*time.Millisecond, "pause of each client of the soak between two pieces of work")
	flag.StringVar(&s.before, "before", "", "another askwire binary: point selects and questions compare the two, and nothing else but HAProxy")
	conns := flag.String("conns", "1,16,64,256", "connections of point selects")
	flag.StringVar(&s.handlerL, "handler-listen", "", "internal: run the go-mysql Handler peer")
	flag.StringVar(&s.handlerB, "handler-backend", "", "internal: its backend")
	flag.Parse()
	for _, n := range strings.Split(*conns, ",") {
		v, err := strconv.Atoi(n)
		if err != nil || v < 1 {
			exit(fmt.Errorf("-conns %q is no list of numbers", *conns))
		}
		s.conns = append(s.conns, v)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if s.handlerL != "" {
		exit(runHandler(s.handlerL, s.handlerB))
	}
	if s.soak > 0 {
		exit(inFolder(s, func(dir string) error { return soak(ctx, s, dir) }))
	}
	exit(inFolder(s, func(dir string) error { return run(ctx, s, dir) }))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// inFolder runs fn with a temporary folder.
func inFolder(s settings, fn func(dir string) error) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "askwire-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return fn(dir)
}

func run(ctx context.Context, s settings, dir string) error {
	w, err := start(ctx, s, dir)
	if err != nil {
		return err
	}
	defer w.stop()

	file, err := os.Create(filepath.Join(s.out, "bench.txt"))
	if err != nil {
		return err
	}
	defer file.Close()
	rep := &report{file: file}
	rep.header(w)
	parts := []struct {
		name string
		run  func(context.Context, settings, *world, *report) error
	}{{"point", pointText}, {"prepared", pointPrepared}, {"rows", largeResult}, {"ask", warmAsk}, {"dashboard", dashboard}, {"login", logins}, {"idle", idleSessions}, {"strangers", strangers}, {"hangup", hangUps}, {"profile", profiles}, {"syscalls", systemCalls}}
	for _, p := range parts {
		if s.only != p.name && (s.only != "" || p.name == "profile" || p.name == "syscalls") {
			continue
		}
		if err := p.run(ctx, s, w, rep); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	fmt.Printf("\nEvery round as benchmark lines, for benchstat: %s\n", file.Name())
	return nil
}
