package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/olekukonko/tablewriter"
)

// systemCalls counts what askwire and HAProxy ask of the kernel for each point select: system calls, by strace, which makes all of
// it slow, and, without strace, how often a thread waited and how often it lost its processor to another one.
func systemCalls(ctx context.Context, s settings, w *world, _ *report) error {
	if _, err := exec.LookPath("strace"); err != nil {
		return errors.New("strace is missing")
	}
	for _, work := range []struct {
		name string
		op   operation
	}{{"text", selectOp(unmaskedSQL + "?")}, {"prepared", preparedOp(unmaskedSQL + "?")}} {
		for _, n := range s.conns {
			fmt.Printf("\n%s, %d connections, system calls for each point select\n", work.name, n)
			t := tablewriter.NewWriter(os.Stdout)
			t.Header("peer", "all", "of which", "waited", "lost the processor")
			for _, peer := range []target{w.haproxy, w.gated} {
				calls, err := traced(ctx, s, peer, n, work.op)
				if err != nil {
					return fmt.Errorf("%s: %w", peer.name, err)
				}
				var waited, lost int
				l, err := driveWhen(ctx, peer, n, s.slice, work.op, func() error {
					waited, lost = switches(peer.pid)
					return nil
				})
				if err != nil {
					return fmt.Errorf("%s: %w", peer.name, err)
				}
				w2, l2 := switches(peer.pid)
				var all float64
				var each []string
				for _, c := range calls {
					if all += c.perOp; c.perOp >= 0.01 {
						each = append(each, fmt.Sprintf("%s %.2f", c.name, c.perOp))
					}
				}
				_ = t.Append(peer.name, fmt.Sprintf("%.2f", all), strings.Join(each, ", "), fmt.Sprintf("%.2f", float64(w2-waited)/float64(l.ops)),
					fmt.Sprintf("%.2f", float64(l2-lost)/float64(l.ops)))
			}
			_ = t.Render()
		}
	}
	return nil
}

// switches counts how often a process's threads have waited, and were taken off their processors.
func switches(pid int) (waited, lost int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		for line := range strings.Lines(string(b)) {
			name, value, _ := strings.Cut(line, ":")
			n, _ := strconv.Atoi(strings.TrimSpace(value))
			switch name {
			case "voluntary_ctxt_switches":
				waited += n
			case "nonvoluntary_ctxt_switches":
				lost += n
			}
		}
	}
	return waited, lost
}

type calls struct {
	name  string
	perOp float64
}

// traced runs a load whose first part is its connections' own, and counts the calls of the rest.
func traced(ctx context.Context, s settings, t target, n int, op operation) ([]calls, error) {
	out := filepath.Join(s.out, "strace.txt")
	var trace *exec.Cmd
	attach := func() error {
		trace = exec.Command("strace", "-f", "-c", "-U", "calls,name", "-o", out, "-p", strconv.Itoa(t.pid))
		if err := trace.Start(); err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond) // it says nothing when it has attached
		return nil
	}
	l, err := driveWhen(ctx, t, n, s.slice, op, attach)
	if trace == nil {
		return nil, err
	}
	_ = trace.Process.Signal(syscall.SIGINT) // it prints its counts then
	_ = trace.Wait()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	var found []calls
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 2 || f[1] == "total" {
			continue
		}
		if count, err := strconv.ParseFloat(f[0], 64); err == nil {
			found = append(found, calls{f[1], count / float64(l.ops)})
		}
	}
	slices.SortFunc(found, func(a, b calls) int { return int(1e6 * (b.perOp - a.perOp)) })
	return found, nil
}
