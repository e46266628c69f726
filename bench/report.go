package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/olekukonko/tablewriter"
)

// report prints tables for people and, to a file, one benchmark line per measurement for benchstat.
type report struct{ file io.Writer }

func (r *report) header(w *world) {
	fmt.Printf("%d cores shared by client, peers and server; %s; go-mysql client; the gate: scope, a denied column, a mask\n", runtime.NumCPU(), w.version)
	fmt.Fprintf(r.file, "goos: %s\ngoarch: %s\npkg: github.com/askwire/askwire/bench\n", runtime.GOOS, runtime.GOARCH)
}

func (r *report) line(name string, n int, ns float64, extra string) {
	fmt.Fprintf(r.file, "Benchmark%s %d %.0f ns/op %s\n", sanitise(name), n, ns, extra)
}

func sanitise(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == ' ' || c == ',' {
			b[i] = '_'
		}
	}
	return string(b)
}

// result holds the rounds of one piece of work by peer.
type result struct {
	name, detail string
	peers        []string
	values       map[string][]float64
	p99          map[string][]time.Duration
	processor    map[string][]time.Duration
}

func newResult(name, detail string) *result {
	return &result{name: name, detail: detail, values: map[string][]float64{}, p99: map[string][]time.Duration{},
		processor: map[string][]time.Duration{}}
}

func (r *result) addLoad(peer string, l load) {
	r.add(peer, l.perSecond, l.p99)
	if l.processor > 0 {
		r.processor[peer] = append(r.processor[peer], l.processor)
	}
}

func (r *result) add(peer string, v float64, p99 time.Duration) {
	if !slices.Contains(r.peers, peer) {
		r.peers = append(r.peers, peer)
	}
	r.values[peer] = append(r.values[peer], v)
	r.p99[peer] = append(r.p99[peer], p99)
}

// ratio is the median of the rounds' ratios: noise that a round's peers share cancels out.
func (r *result) ratio(peer, base string) float64 {
	ratios := make([]float64, len(r.values[peer]))
	for i := range ratios {
		ratios[i] = r.values[peer][i] / r.values[base][i]
	}
	return median(ratios)
}

// rates prints operations per second; counts are the verdict cache's during them, nil where they say nothing.
func (r *report) rates(res *result, base string, counts *cacheCounts) {
	fmt.Printf("\n%s, %s\n", res.name, res.detail)
	t := tablewriter.NewWriter(os.Stdout)
	t.Header("peer", "per second", "× "+base, "p99", "processor")
	for _, p := range res.peers {
		processor := "–"
		if v := res.processor[p]; len(v) > 0 {
			processor = median(v).Round(100 * time.Nanosecond).String()
		}
		_ = t.Append(p, fmt.Sprintf("%.0f", median(res.values[p])), fmt.Sprintf("%.2f", res.ratio(p, base)), median(res.p99[p]).Round(10*time.Microsecond).String(), processor)
	}
	_ = t.Render()
	if counts == nil {
		return
	}
	if n := counts.hits + counts.misses; n > 0 {
		fmt.Printf("verdict cache: %.2f %% of %.0f statements\n", 100*counts.hits/n, n)
	} else {
		fmt.Println("verdict cache: askwire's metrics do not count it")
	}
}

func (r *report) times(res *result, base string) {
	fmt.Printf("\n%s, %s\n", res.name, res.detail)
	t := tablewriter.NewWriter(os.Stdout)
	t.Header("peer", "seconds", "× "+base)
	for _, p := range res.peers {
		_ = t.Append(p, fmt.Sprintf("%.2f", median(res.values[p])), fmt.Sprintf("%.2f", res.ratio(p, base)))
	}
	_ = t.Render()
}

func median[T float64 | time.Duration](v []T) T {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}
