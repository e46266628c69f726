package guard

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
)

// proofEngines run the differential fuzz.
var proofEngines = []engine.Kind{engine.MariaDB11, engine.MySQL, engine.TiDB}

// FuzzEngines: a statement is mutated, passes the gate, and what is admitted runs on three real servers. Then
//
//   - no result holds a value of a canary, and the servers' own accounts know no read of another table than the policy's;
//   - rows, tables, accounts, settings and files are as before;
//   - the printed text is a fixpoint, and admitted again as itself;
//   - the rows are those of the statement as written on hand-written views of the policy;
//   - no server ends.
//
// A statement whose rows depend on the order in which rows are read is not compared: it is tried on two copies of the
// views in different order. ASKWIRE_FUZZ_STATS names a file that gets the counts as lines of JSON.
func FuzzEngines(f *testing.F) {
	seeds := mutantSeeds(f)
	for i, s := range seeds {
		f.Add(s, uint64(i/3*(i%3)), byte(i)) // two of three are mutants
	}
	p := proof{}
	// With -fuzz, this process hands out the work, and another runs it: that one has the servers.
	fuzzing, worker := flag.Lookup("test.fuzz").Value.String() != "", flag.Lookup("test.fuzzworker").Value.String() == "true"
	if worker || !fuzzing {
		p.begin(f)
	}
	f.Fuzz(func(t *testing.T, sql string, seed uint64, how byte) {
		p.count("executions")
		if _, err := parse(sql, Mode{}); err != nil && fuzzing || seed != 0 {
			sql = p.admissible(sql, seeds, rand.New(rand.NewPCG(seed, uint64(len(sql)))))
		}
		var doubts []doubt
		until := time.Now().Add(6 * time.Second) // a fuzz worker has ten seconds for an input
		for _, w := range p.servers {
			w.until = until
			w.prove(t, &p, sql, int(how&1), &doubts)
		}
		p.settle(t, sql, doubts)
		if p.counts["executions"]%200 == 0 {
			p.end(t)
		}
	})
	p.end(f)
	if p.counts["executions"] >= len(seeds) && !fuzzing {
		for _, w := range p.servers {
			if n := p.counts[string(w.server.Kind)+" same rows"]; n < 200 {
				f.Errorf("%s: only %d statements were compared", w.server.Kind, n)
			}
		}
		f.Log(p.counts)
	}
}

// proof is one run: its servers, and its counts.
type proof struct {
	servers []*proofServer
	counts  map[string]int
}

func (p *proof) begin(t testing.TB) {
	p.counts = map[string]int{}
	for _, kind := range proofEngines {
		if only := os.Getenv("ASKWIRE_TEST_ENGINES"); only != "" && !slices.Contains(strings.Split(only, ","), string(kind)) {
			continue
		}
		w := startProof(t, kind)
		// The account of reads is a real one: it knows the reads that the test itself makes.
		if len(w.readTables(t)) == 0 {
			t.Fatalf("%s: the server's account does not know that secrets was read", kind)
		}
		w.forgetReads(t)
		if names := w.readTables(t); len(names) > 0 {
			t.Fatalf("%s: reads before the first statement: %v", kind, names)
		}
		p.servers = append(p.servers, w)
	}
	if len(p.servers) == 0 {
		t.Fatalf("ASKWIRE_TEST_ENGINES=%s leaves out every server of this test: name one of %v, or skip it with -skip FuzzEngines", os.Getenv("ASKWIRE_TEST_ENGINES"), proofEngines)
	}
}

// admissible looks for a mutant that the gate admits, among sixteen; most are refused, and that is another fuzz's concern.
// What is no SQL at all gives way to a seed.
func (p *proof) admissible(sql string, seeds []string, rng *rand.Rand) string {
	if _, err := parse(sql, Mode{}); err != nil {
		sql = pick(seeds, rng)
	}
	var try string
	for range 16 {
		p.count("mutants")
		try = mutant(sql, seeds, rng)
		if _, err := p.servers[0].bare.Check(try); err == nil {
			break
		}
	}
	return try
}

func (p *proof) count(what string) { p.counts[what]++ }

// example counts, and writes the first three to the file of the counts.
func (p *proof) example(t testing.TB, what, sql, sent string, err error) {
	p.count(what)
	if p.counts[what] <= 3 {
		p.write(t, map[string]string{"what": what, "in": sql, "sent": sent, "error": fmt.Sprint(err)})
	}
}

// end looks at what single statements cannot show.
func (p *proof) end(t testing.TB) {
	t.Helper()
	if p.counts == nil {
		return // the process that hands out the work
	}
	for _, w := range p.servers {
		select {
		case <-w.done:
			t.Fatalf("%s ended", w.server.Kind)
		default:
		}
		if names := w.readTables(t); len(names) > 0 {
			t.Fatalf("%s: tables outside the policy were read: %v\none of these statements did it:\n%s", w.server.Kind, names, strings.Join(w.latest, "\n"))
		}
		if now := w.state(t); now != w.before {
			t.Fatalf("%s: the state changed\nbefore %s\nnow %s\none of these statements did it:\n%s", w.server.Kind, w.before, now, strings.Join(w.latest, "\n"))
		}
		w.forgetReads(t)
		w.latest = w.latest[:0]
	}
	p.counts["cpu_seconds"], p.counts["pid"] = cpuSeconds(), os.Getpid()
	p.write(t, p.counts)
}

// write appends a line of JSON to the file that ASKWIRE_FUZZ_STATS names.
func (p *proof) write(t testing.TB, v any) {
	t.Helper()
	name := os.Getenv("ASKWIRE_FUZZ_STATS")
	if name == "" {
		return
	}
	line, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// doubt is what a server answered directly and through the gate.
type doubt struct {
	kind, sent string
	want, got  result
	differ     bool
}

// settle fails when a server's rows through the gate are others than directly, unless another server gives them directly:
// then this one does not agree with itself. TiDB makes two groups of NULL of DATE(0) and DATE(1), but one behind a LIMIT.
func (p *proof) settle(t testing.TB, sql string, doubts []doubt) {
	for _, d := range doubts {
		if !d.differ {
			continue
		}
		if slices.ContainsFunc(doubts, func(o doubt) bool { return o.kind != d.kind && sameRows(o.want, d.got) }) {
			p.example(t, d.kind+" other rows, which another server gives directly", sql, d.sent, nil)
			continue
		}
		t.Fatalf("%s\nin:  %s\nout: %s\nwant %.600v\ngot  %.600v", d.kind, sql, d.sent, d.want, d.got)
	}
}

// prove tries one statement on one server.
func (w *proofServer) prove(t *testing.T, p *proof, sql string, which int, doubts *[]doubt) {
	policy := &w.policies[which]
	kind := string(w.server.Kind)
	st, err := policy.gate.Check(sql)
	if err != nil {
		if askwire.CodeOf(err) == askwire.Internal {
			t.Fatalf("%q: %v", sql, err)
		}
		for _, hidden := range []string{"secrets", "salaries", "ssn", "v_all"} {
			if strings.Contains(strings.ToLower(err.Error()), hidden) && !strings.Contains(strings.ToLower(sql), hidden) {
				t.Fatalf("%q: the denial names %s: %v", sql, hidden, err)
			}
		}
		p.count(kind + " refused")
		return
	}
	p.count(kind + " admitted")
	invariants(t, policy.gate.Policy, st.Text())
	if again, err := policy.gate.Check(sql); err != nil || again.Text() != st.Text() {
		t.Fatalf("%q: the second time %v\n%s\n%s", sql, err, st.Text(), again.Text())
	}
	idempotent(t, w.bare, sql)
	w.latest = append(w.latest, st.Text())
	got, err := w.run(w.through, st.Text())
	w.alive(t, sql, st.Text(), err)
	if err == nil {
		for _, row := range append(slices.Clone(got.columns), got.rows...) {
			for _, hidden := range policy.hidden {
				if strings.Contains(row, hidden) && !strings.Contains(sql, hidden) {
					t.Fatalf("%s: %q as %s shows %q", kind, sql, st.Text(), row)
				}
			}
		}
	}
	written := toViews(sql, policy.views, policy.gate.Session.Mode)
	want, directErr := w.run(w.direct[policy.views], written)
	w.alive(t, sql, written, directErr)
	d := doubt{kind: kind, sent: st.Text(), want: want, got: got}
	if directErr == nil {
		defer func() { *doubts = append(*doubts, d) }()
	}
	switch {
	case err != nil && directErr != nil:
		p.count(kind + " both refused by the server")
	case err != nil:
		n := errorNumber(err)
		p.example(t, fmt.Sprintf("%s error %d through the gate alone", kind, n), sql, st.Text(), err)
		_, tableErr := w.run(w.direct[policy.views+"_up"], toViews(sql, policy.views+"_up", policy.gate.Session.Mode))
		if brokenText(n, w.server.Family) && errorNumber(tableErr) != n { // else the server takes it of views, and not of tables
			t.Fatalf("%s\nin:  %s\nout: %s\n%v", kind, sql, st.Text(), err)
		}
	case directErr != nil:
		p.example(t, fmt.Sprintf("%s error %d without the gate alone", kind, errorNumber(directErr)), sql, written, directErr)
	case int64(len(got.rows)) > st.RowLimit() && len(want.rows) >= len(got.rows):
		p.count(kind + " cut by the row limit")
	case sameRows(want, got):
		p.count(kind + " same rows")
		if !slices.EqualFunc(want.columns, got.columns, strings.EqualFold) {
			p.count(kind + " other headers")
		}
	default:
		if !w.determined(sql, st.Text(), policy, want, got) {
			p.example(t, kind+" rows not determined", sql, st.Text(), nil)
			return
		}
		d.differ = true
	}
}

// idempotent: under a policy with nothing to hide, an admitted text is admitted as itself.
func idempotent(t *testing.T, g Gate, sql string) {
	once, err := g.Check(sql)
	if err != nil {
		t.Fatalf("%q: refused where nothing is hidden: %v", sql, err)
	}
	if strings.Contains(once.Text(), "_cte_") || strings.Contains(once.Text(), "\x00") {
		return // the guard's own names, and a byte that clients must escape, are refused
	}
	twice, err := g.Check(once.Text())
	if err != nil || twice.Text() != once.Text() {
		t.Fatalf("%q is not stable: %v\nonce  %s\ntwice %s", sql, err, once.Text(), twice.Text())
	}
}

// alive fails when a statement ended the server.
func (w *proofServer) alive(t *testing.T, sql, sent string, err error) {
	if err == nil || errorNumber(err) != 0 {
		return
	}
	if pingErr := w.admin.Ping(); pingErr != nil {
		t.Fatalf("%s ended at\nin:   %q\nsent: %s\n%v, %v", w.server.Kind, sql, sent, err, pingErr)
	}
}

// brokenText reports whether an error is about the text, so that it is the printer's or the resolver's fault, and not about values.
//
// TiDB refuses a column of a derived table that refers to an outer query when it is named, and takes it as part of a star
// (1054): EXISTS (SELECT w.id FROM orders LEFT JOIN (SELECT c.id) w ON …).
func brokenText(number uint16, family askwire.Family) bool {
	switch number {
	case 1054:
		return family != askwire.TiDB
	case 1064, 1146, 1142, 1143, 1046, 1052, 1060, 1066, 1109, 1222, 1248, 1305, 1227, 1044, 1051, 1247:
		return true
	default:
		return false
	}
}

// sameRows compares rows without their order. Headers are compared by TestCasesOnServers: a view spells its columns its own
// way, and TiDB leaves parts of comments in headers.
func sameRows(want, got result) bool {
	a, b := slices.Clone(want.rows), slices.Clone(got.rows)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// determined reports whether the rows of a statement follow from its text and the data: the same in whatever order rows
// are stored, and whenever it is sent.
func (w *proofServer) determined(sql, sent string, policy *proofPolicy, want, got result) bool {
	for _, other := range append([]string{""}, otherViews...) {
		database := policy.views + other
		r, err := w.run(w.direct[database], toViews(sql, database, policy.gate.Session.Mode))
		if err != nil || !sameRows(want, r) {
			return false
		}
	}
	r, err := w.run(w.through, sent)
	return err == nil && sameRows(got, r)
}
