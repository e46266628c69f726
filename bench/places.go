package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
)

// profiles keeps processor profiles of askwire and says where its time for a statement goes; beside it, HAProxy's.
func profiles(ctx context.Context, s settings, w *world, _ *report) error {
	type kind struct {
		name  string
		t     target
		op    operation
		conns []int
	}
	for _, x := range []kind{
		{"haproxy", w.haproxy, selectOp(unmaskedSQL + "?"), s.conns},
		{"text", w.gated, selectOp(unmaskedSQL + "?"), s.conns},
		{"text-mask", w.gated, selectOp(pointSQL + "?"), []int{16}},
		{"prepared", w.gated, preparedOp(unmaskedSQL + "?"), []int{16}},
		{"row-policy", w.rowPolicy, selectOp(pointSQL + "?"), []int{16}},
		{"ask", w.gated, fixedOp(warmQuestion, 1), []int{16}},
		{"ask-table", w.gated, fixedOp("SELECT id, k, c, phone FROM ask.`point 4711`", 1), []int{16}},
	} {
		for _, n := range x.conns {
			path := filepath.Join(s.out, fmt.Sprintf("%s-%d.pprof", x.name, n))
			got := make(chan error, 1)
			var user, kernel int
			l, err := driveWhen(ctx, x.t, n, 7*time.Second, x.op, func() error {
				user, kernel = ticks(x.t.pid)
				go func() {
					if x.t.pid != w.gated.pid {
						got <- nil
						return
					}
					got <- download(strings.Replace(w.gatedMetrics, "/metrics", "/debug/pprof/profile?seconds=6", 1), path)
				}()
				return nil
			})
			if err == nil {
				err = <-got
			}
			if err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			u, k := ticks(x.t.pid)
			u, k = u-user, k-kernel
			fmt.Printf("\n%s, %d connections: %.0f per second, %s of processor time each, %s of it the kernel's by its own ticks; of the server %s\n", x.name, n,
				l.perSecond, duration(float64(l.processor)), duration(float64(l.processor)*float64(k)/float64(max(u+k, 1))), duration(float64(l.server)))
			if x.t.pid != w.gated.pid {
				continue
			}
			if err := printPlaces(s.askwire, path, l.processor); err != nil {
				return err
			}
			fmt.Printf("go tool pprof -top %s %s\n", s.askwire, path)
		}
	}
	return nil
}

// ticks are the clock ticks that a process has run in its own code and in the kernel's.
func ticks(pid int) (user, kernel int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	if f := strings.Fields(rest); len(f) > 12 {
		user, _ = strconv.Atoi(f[11])
		kernel, _ = strconv.Atoi(f[12])
	}
	return user, kernel
}

// places are the parts of askwire's time. The first that a sample's stack fits is the sample's; leaf = the function itself must.
var places = []struct {
	name  string
	leaf  bool
	calls []string
}{
	{"kernel: to the server", false, []string{"writeSocket wire.(*Backend).send"}},
	{"kernel: to the client", false, []string{"writeSocket"}},
	{"kernel: from both", false, []string{"readSocket"}},
	{"kernel: events", false, []string{"wire.(*poller).wait"}},
	{"memory", false, []string{"runtime.mallocgc", "runtime.gcBgMarkWorker", "runtime.gcAssist", "runtime.bgsweep", "runtime.newstack"}},
	{"gate", false, []string{"askwire/guard."}},
	{"front end", false, []string{"proxy/front."}},
	{"questions", false, []string{"askwire/nl."}},
	{"history", false, []string{"askwire/store."}},
	{"loop and coroutines", true, []string{"coroswitch", "wire.(*Task)", "wire.(*loop)", "wire.(*side)", "iter."}},
	{"pool", false, []string{"wire.(*Pool)"}},
	{"relay", false, []string{"wire.(*Backend).Relay"}},
	{"session", false, []string{"proxy.(*session)"}},
	{"Go's scheduler and timers", true, []string{"runtime."}},
}

// place is the index of a stack's place; len(places) = none.
func place(stack []string) int {
	for i, p := range places {
		in := stack
		if p.leaf {
			in = stack[:1]
		}
		all := strings.Join(in, "\n")
		for _, calls := range p.calls {
			fits := true
			for _, c := range strings.Fields(calls) {
				fits = fits && strings.Contains(all, c)
			}
			if fits {
				return i
			}
		}
	}
	return len(places)
}

// printPlaces shares each statement's time among the places.
func printPlaces(program, path string, each time.Duration) error {
	out, err := exec.Command("go", "tool", "pprof", "-traces", program, path).Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	sums, all := make([]time.Duration, len(places)+1), time.Duration(0)
	traces := strings.Split(string(out), "-----------+-")
	for _, t := range traces[min(1, len(traces)):] {
		lines := strings.Split(t, "\n")[1:]
		if len(lines) == 0 {
			continue
		}
		value, first, _ := strings.Cut(strings.TrimSpace(lines[0]), " ")
		d, err := time.ParseDuration(value)
		if err != nil {
			continue
		}
		lines[0] = first
		sums[place(lines)] += d
		all += d
	}
	t := tablewriter.NewWriter(os.Stdout)
	t.Header("place", "share", "each")
	for i, sum := range sums {
		name := "other"
		if i < len(places) {
			name = places[i].name
		}
		if share := float64(sum) / float64(max(all, 1)); share > 0 {
			_ = t.Append(name, fmt.Sprintf("%.1f %%", 100*share), fmt.Sprintf("%.1f µs", share*float64(each)/1000))
		}
	}
	return t.Render()
}
