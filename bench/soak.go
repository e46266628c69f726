package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/olekukonko/tablewriter"
)

// soak keeps one askwire busy with mixed clients while connections are killed on both sides, and fails when what it holds
// grows: goroutines and descriptors once the clients have left, memory while they work.
//
// It begins with a warm-up, after which everybody leaves and the process is measured at rest. Then the same work runs for the
// given time, and everybody leaves again.
func soak(ctx context.Context, s settings, dir string) error {
	w := &world{}
	defer w.stop()
	if err := w.server(ctx, s, dir); err != nil {
		return err
	}
	t, url, pid, err := w.askwire(ctx, proxyOptions{audit: "required", plain: "denied"})
	if err != nil {
		return err
	}
	t.name = "askwire"
	r := &soaking{settings: s, w: w, t: t, metrics: url, pid: pid, counts: map[string]*soakCount{}}
	for _, c := range soakClients {
		r.counts[c.name] = &soakCount{}
	}
	warm := min(s.soak/10, time.Minute)
	fmt.Printf("soak of %s on %s, %d clients of %d kinds, warm-up %s\n", s.soak, w.version, soakSize(), len(soakClients), warm)
	if _, err := r.work(ctx, warm); err != nil {
		return err
	}
	before, err := r.rest(ctx)
	if err != nil {
		return err
	}
	samples, err := r.work(ctx, s.soak)
	if err != nil {
		return err
	}
	after, err := r.rest(ctx)
	if err != nil {
		return err
	}
	return r.judge(samples, before, after)
}

// soaking is a soak on its way.
type soaking struct {
	settings
	w       *world
	t       target
	metrics string
	pid     int
	counts  map[string]*soakCount
	kills   atomic.Int64 // of backend connections
}

// soakCount is what one kind of client has done.
type soakCount struct {
	done atomic.Int64
	lost atomic.Int64 // ended by a killed connection, as it should
	mu   sync.Mutex
	bad  []string // wrong answers and errors that nothing explains
}

// soakState is what the process holds at one moment.
type soakState struct {
	at                   time.Time
	goroutines, fds, rss float64
	sessions, statements float64
}

func (r *soaking) state() (soakState, error) {
	m, err := metrics(r.metrics)
	if err != nil {
		return soakState{}, err
	}
	rss, err := residentMemory(r.pid)
	if err != nil {
		return soakState{}, err
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.pid))
	return soakState{time.Now(), m["go_goroutines"], float64(len(fds)), float64(rss), m["askwire_sessions"], m["askwire_statements_total"]}, err
}

// work runs all clients and the killer for d, and looks at the process meanwhile.
func (r *soaking) work(ctx context.Context, d time.Duration) ([]soakState, error) {
	ctx, stop := context.WithTimeout(ctx, d)
	defer stop()
	var wg sync.WaitGroup
	for _, c := range soakClients {
		for i := range c.n {
			wg.Go(func() { r.client(ctx, c, rand.New(rand.NewPCG(uint64(i), uint64(len(c.name))))) })
		}
	}
	wg.Go(func() { r.killBackends(ctx) })
	var samples []soakState
	var failed error
	tick := time.NewTicker(max(d/200, 100*time.Millisecond))
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
			st, err := r.state()
			if err != nil {
				failed = err
				stop()
			}
			samples = append(samples, st)
		case <-ctx.Done():
		}
	}
	wg.Wait()
	if failed == nil && errors.Is(context.Cause(ctx), context.Canceled) {
		failed = errors.New("interrupted")
	}
	return samples, failed
}

// client does one kind of work, over and over, on connections of its own.
func (r *soaking) client(ctx context.Context, c soakClient, rnd *rand.Rand) {
	count := r.counts[c.name]
	end, _ := ctx.Deadline()
	for ctx.Err() == nil {
		err := c.run(visit{ctx, r, rnd, &count.done})
		switch {
		case err == nil || ctx.Err() != nil || time.Until(end) < 100*time.Millisecond: // a dial gives up a little before
		case killed(err):
			count.lost.Add(1)
		default:
			count.mu.Lock()
			if len(count.bad) < 20 {
				count.bad = append(count.bad, err.Error())
			}
			count.mu.Unlock()
		}
		r.pause(ctx)
	}
}

func (r *soaking) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(r.soakPace):
	}
}

// killed reports whether an error is what a killed connection or statement leads to.
func killed(err error) bool {
	var server *serverError
	if errors.As(err, &server) {
		return slices.Contains([]int{50309, 1317, 1927, 2013, 1053}, server.number)
	}
	return false
}

// killBackends is the administrator: twice a second it ends one of askwire's connections to the server, whatever that does.
func (r *soaking) killBackends(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if ok, err := killOne(ctx, r.w.direct); err == nil && ok {
				r.kills.Add(1)
			}
		}
	}
}

// rest waits until no client is connected and the process holds no more than it did a moment before.
func (r *soaking) rest(ctx context.Context) (soakState, error) {
	var last soakState
	for range 120 {
		st, err := r.state()
		if err != nil {
			return st, err
		}
		if st.sessions == 0 && last.goroutines == st.goroutines && last.fds == st.fds {
			return st, nil
		}
		last = st
		select {
		case <-ctx.Done():
			return st, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return last, fmt.Errorf("the process does not come to rest: %.0f sessions, %.0f goroutines, %.0f descriptors", last.sessions, last.goroutines, last.fds)
}

// What the process may hold more at the end than at the beginning. Memory is that of the last quarter against the second: the
// first has caches to fill.
const (
	soakMoreGoroutines = 8
	soakMoreFDs        = 16 // connections to the backend are kept when they are idle
	soakMoreMemory     = 1.10
	soakMemorySlack    = 8 << 20
)

// judge prints the figures, and says what is not flat or was answered wrongly.
func (r *soaking) judge(samples []soakState, before, after soakState) error {
	var problems []string
	t := tablewriter.NewWriter(os.Stdout)
	t.Header("clients", "number", "pieces of work", "ended by a kill", "wrong")
	total := int64(0)
	for _, c := range soakClients {
		n := r.counts[c.name]
		_ = t.Append(c.name, c.n, n.done.Load(), n.lost.Load(), len(n.bad))
		total += n.done.Load()
		if n.done.Load() == 0 {
			problems = append(problems, c.name+" has done nothing")
		}
		for _, b := range n.bad {
			problems = append(problems, c.name+": "+b)
		}
	}
	_ = t.Render()
	fmt.Printf("%d pieces of work, %.0f statements; %d backend connections killed\n", total, after.statements, r.kills.Load())
	if n := len(samples); n >= 8 {
		second, fourth := samples[n/4:n/2], samples[n*3/4:]
		rss := func(s soakState) float64 { return s.rss }
		a, b := medianOf(second, rss), medianOf(fourth, rss)
		fmt.Printf("resident memory at work: %.1f MB in the second quarter, %.1f MB in the last (median), %.1f MB at most\n", a/1e6, b/1e6,
			slices.MaxFunc(samples, func(x, y soakState) int { return int(x.rss - y.rss) }).rss/1e6)
		if b > a*soakMoreMemory+soakMemorySlack {
			problems = append(problems, "the memory grows")
		}
		for name, of := range map[string]func(soakState) float64{
			"goroutines": func(s soakState) float64 { return s.goroutines }, "descriptors": func(s soakState) float64 { return s.fds },
		} {
			fmt.Printf("%s at work: %.0f, then %.0f\n", name, medianOf(second, of), medianOf(fourth, of))
		}
	}
	fmt.Printf("at rest: goroutines %.0f, then %.0f; descriptors %.0f, then %.0f; resident memory %.1f MB, then %.1f MB\n",
		before.goroutines, after.goroutines, before.fds, after.fds, before.rss/1e6, after.rss/1e6)
	if after.goroutines > before.goroutines+soakMoreGoroutines {
		problems = append(problems, "goroutines are left")
	}
	if after.fds > before.fds+soakMoreFDs {
		problems = append(problems, "descriptors are left")
	}
	m, err := metrics(r.metrics)
	if err != nil {
		return err
	}
	for _, name := range []string{"askwire_panics_total", "askwire_store_records_lost_total", "askwire_store_records_rejected_total"} {
		if m[name] > 0 {
			problems = append(problems, fmt.Sprintf("%s is %.0f", name, m[name]))
		}
	}
	if len(problems) > 0 {
		return errors.New("not clean:\n  " + strings.Join(problems, "\n  "))
	}
	fmt.Println("flat, and every answer was right or said that it was cut off")
	return nil
}

func medianOf(samples []soakState, of func(soakState) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return median(values)
}

func soakSize() int {
	n := 0
	for _, c := range soakClients {
		n += c.n
	}
	return n
}
