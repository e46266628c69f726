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

func (r *report) load(name string, l load) {
	r.line(name, l.ops, 1e9/l.perSecond, fmt.Sprintf("%d p99-ns %d processor-ns %d server-ns %d store-ns %d client-ns", l.p99.Nanoseconds(), l.processor.Nanoseconds(), l.server.Nanoseconds(), l.store.Nanoseconds(), l.client.Nanoseconds()))
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
	rounds       map[string][]load
	same         map[string]string // peer → the one through which the server got the very same text
}

func newResult(name, detail string) *result {
	return &result{name: name, detail: detail, rounds: map[string][]load{}, same: map[string]string{}}
}

func (r *result) add(peer string, l load) {
	if !slices.Contains(r.peers, peer) {
		r.peers = append(r.peers, peer)
	}
	r.rounds[peer] = append(r.rounds[peer], l)
}

// ratio is the median of the rounds' ratios: noise that a round's peers share cancels out.
func (r *result) ratio(peer, base string, of func(load) float64) string {
	var ratios []float64
	for i, l := range r.rounds[peer] {
		if i < len(r.rounds[base]) {
			ratios = append(ratios, of(l)/of(r.rounds[base][i]))
		}
	}
	if len(ratios) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", median(ratios))
}

func (r *result) median(peer string, of func(load) float64) float64 {
	var v []float64
	for _, l := range r.rounds[peer] {
		v = append(v, of(l))
	}
	return median(v)
}

// What a table is made of.
func perSecond(l load) float64  { return l.perSecond }
func seconds(l load) float64    { return 1 / l.perSecond }
func p99(l load) float64        { return float64(l.p99) }
func peerTime(l load) float64   { return float64(l.processor) }
func serverTime(l load) float64 { return float64(l.server) }
func storeTime(l load) float64  { return float64(l.store) }
func clientTime(l load) float64 { return float64(l.client) }
func allTime(l load) float64    { return float64(l.processor + l.server + l.store + l.client) }
func idleEach(l load) float64   { return float64(l.idle) }
func othersTime(l load) float64 { return float64(l.others) }

// duration prints nanoseconds; there are none where a peer's process is not known.
func duration(ns float64) string {
	if ns <= 0 {
		return "–"
	}
	d := time.Duration(ns)
	for unit := 100 * time.Nanosecond; ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}

// rates prints operations per second and the processor time of each; counts are the verdict cache's during them, nil where
// they say nothing.
func (r *report) rates(res *result, base string, counts *cacheCounts) {
	fmt.Printf("\n%s, %s\n", res.name, res.detail)
	t := tablewriter.NewWriter(os.Stdout)
	t.Header("peer", "per second", "× "+base, "× same text", "p99", "p99 × "+base, "processor", "processor × "+base, "server", "store", "client", "all", "all × "+base, "idle", "others")
	for _, p := range res.peers {
		_ = t.Append(p, fmt.Sprintf("%.0f", res.median(p, perSecond)), res.ratio(p, base, perSecond), res.ratio(p, res.same[p], perSecond),
			duration(res.median(p, p99)), res.ratio(p, base, p99), duration(res.median(p, peerTime)), res.ratio(p, base, peerTime), duration(res.median(p, serverTime)), duration(res.median(p, storeTime)),
			duration(res.median(p, clientTime)), duration(res.median(p, allTime)), res.ratio(p, base, allTime), duration(res.median(p, idleEach)), duration(res.median(p, othersTime)))
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

// times prints what each operation took.
func (r *report) times(res *result, base string) {
	fmt.Printf("\n%s, %s\n", res.name, res.detail)
	t := tablewriter.NewWriter(os.Stdout)
	t.Header("peer", "seconds", "× "+base, "processor", "server")
	for _, p := range res.peers {
		_ = t.Append(p, fmt.Sprintf("%.2f", res.median(p, seconds)), res.ratio(p, base, seconds), duration(res.median(p, peerTime)), duration(res.median(p, serverTime)))
	}
	_ = t.Render()
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}
