package guard

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"golang.org/x/tools/txtar"

	"github.com/askwire/askwire"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata/cases")

// TestGolden runs testdata/cases/*.txtar: a policy, a session and a statement in; the text sent and the receipt, or the
// error, out. -update rewrites the second half.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	section := map[string]string{}
	for _, f := range a.Files {
		section[f.Name] = string(f.Data)
	}
	got := goldenRun(t, section)
	if *update {
		keep := a.Files[:0]
		for _, f := range a.Files {
			if !strings.HasPrefix(f.Name, "want.") {
				keep = append(keep, f)
			}
		}
		a.Files = append(keep, got...)
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	wanted := 0
	for name := range section {
		if strings.HasPrefix(name, "want.") {
			wanted++
		}
	}
	if wanted != len(got) || wanted == 0 {
		t.Errorf("%d results wanted, got %d", wanted, len(got))
	}
	for _, f := range got {
		if section[f.Name] != string(f.Data) {
			t.Errorf("%s\nwant %s\ngot  %s", f.Name, section[f.Name], f.Data)
		}
	}
}

// goldenRun returns the result sections of a case.
func goldenRun(t *testing.T, section map[string]string) []txtar.File {
	t.Helper()
	profile, snap, session, how := goldenSetup(t, section["policy"], section["session"])
	policy, problems := Compile(profile, snap, HashKey([]byte("test")))
	if len(problems) > 0 {
		var b strings.Builder
		for _, p := range problems {
			fmt.Fprintln(&b, p)
		}
		return []txtar.File{{Name: "want.problems", Data: []byte(b.String())}}
	}
	g := Gate{Policy: policy, Session: session}
	sql := strings.TrimSuffix(section["in.sql"], "\n")
	var st Statement
	var err error
	switch {
	case how == "prepare":
		st, err = g.Prepare(sql)
	case strings.HasPrefix(how, "explain"):
		st, err = g.Explain(sql, strings.TrimSpace(strings.TrimPrefix(how, "explain")))
	default:
		st, err = g.Check(sql)
	}
	if err != nil {
		var e *askwire.Error
		if !errors.As(err, &e) {
			t.Fatalf("not an askwire error: %v", err)
		}
		return []txtar.File{{Name: "want.error", Data: fmt.Appendf(nil, "%s\n", e)}}
	}
	if !strings.HasPrefix(how, "explain") {
		invariants(t, policy, st.Text())
	}
	return []txtar.File{{Name: "want.sql", Data: []byte(st.Text() + "\n")}, {Name: "want.receipt", Data: receiptText(st)}}
}

func receiptText(st Statement) []byte {
	var b strings.Builder
	r := st.Receipt()
	for _, l := range []struct {
		name string
		list []string
	}{{"columns", r.Columns}, {"functions", r.Functions}, {"rules", r.Rules}, {"predicates", r.Predicates}, {"masks", r.Masks}} {
		if len(l.list) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", l.name, strings.Join(l.list, ", "))
		}
	}
	if st.Params() > 0 {
		fmt.Fprintf(&b, "params: %d\n", st.Params())
	}
	if st.Markers() != nil {
		fmt.Fprintf(&b, "markers: %v\n", st.Markers())
	}
	if st.ByArguments() {
		b.WriteString("by arguments\n")
	}
	for _, o := range r.Outputs {
		fmt.Fprintf(&b, "output %q", o.Name)
		for _, s := range o.Sources {
			fmt.Fprintf(&b, " %s", s)
		}
		for _, f := range []struct {
			on   bool
			name string
		}{{o.Figure, "figure"}, {o.GroupKey, "key"}, {o.Masked, "masked"}} {
			if f.on {
				fmt.Fprintf(&b, " [%s]", f.name)
			}
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// goldenSetup reads "key: value" lines. Without a policy it is the shop's.
func goldenSetup(t *testing.T, policy, session string) (*askwire.Profile, *askwire.Snapshot, Session, string) {
	t.Helper()
	p := shopProfile()
	s := Session{Database: "shop", Vars: map[string]askwire.Value{}}
	fam, lower, how := askwire.MariaDB, 0, ""
	known := map[string]askwire.Value{}
	counted := map[string]string{} // rows of tables, by the catalog
	var relationships []askwire.Relationship
	var indexes []askwire.Index // of shop.customers
	value := func(text string) askwire.Value {
		kind, v, _ := strings.Cut(text, " ")
		return askwire.Value{Kind: map[string]askwire.ValueKind{"int": askwire.Int, "string": askwire.String, "decimal": askwire.Decimal, "null": askwire.Null}[kind], Text: v}
	}
	for _, line := range strings.Split(policy+"\n"+session, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, v, ok := strings.Cut(line, ": ")
		if !ok {
			t.Fatalf("bad line %q", line)
		}
		name, rest, _ := strings.Cut(v, " = ")
		switch k {
		case "tables":
			p.Tables = strings.Fields(v)
			p.DenyColumns = nil
		case "deny":
			p.DenyColumns = strings.Fields(v)
		case "rows":
			if p.Rows == nil {
				p.Rows = map[string]string{}
			}
			p.Rows[name] = rest
		case "mask":
			if p.Masks == nil {
				p.Masks = map[string]string{}
			}
			p.Masks[name] = rest
		case "counted":
			counted[name] = rest
		case "functions":
			p.FunctionsAllow = strings.Fields(v)
		case "relationship":
			relationships = append(relationships, askwire.Relationship{From: columnRef(t, name), To: columnRef(t, rest)})
		case "index":
			indexes = append(indexes, askwire.Index{Name: name, Columns: strings.Split(rest, ",")})
		case "joins":
			p.Joins = v
		case "cartesian":
			p.Cartesian = v == "true"
		case "limit rows":
			_, _ = fmt.Sscan(v, &p.Limits.Rows)
		case "database":
			s.Database = strings.Trim(v, `"`)
		case "var":
			s.Vars[name] = value(rest)
		case "known":
			known[name] = value(rest)
		case "metadata":
			s.Metadata = v == "true"
		case "limit":
			_, _ = fmt.Sscan(v, &s.Limit)
		case "arguments":
			s.Arguments = Arguments(v)
		case "mode":
			s.Mode = Mode{ANSIQuotes: strings.Contains(v, "ansi"), NoBackslashEscapes: strings.Contains(v, "nobackslash"), PipesAsConcat: strings.Contains(v, "pipes")}
		case "family":
			fam = askwire.Family(v)
		case "lower_case_table_names":
			_, _ = fmt.Sscan(v, &lower)
		case "how":
			how = v
		default:
			t.Fatalf("unknown key %q", k)
		}
	}
	s.Known = func(name string) (askwire.Value, bool) { v, ok := known[name]; return v, ok }
	snap := *shopSnapshot(fam)
	snap.Server.LowerCase = lower
	snap.Relationships = relationships
	customers, _ := snap.Table("shop", "customers")
	customers.Indexes = append(customers.Indexes, indexes...)
	for _, t := range snap.Tables {
		if n, ok := counted[t.ID()]; ok {
			_, _ = fmt.Sscan(n, &t.Rows)
		}
	}
	snap.Tables = append(snap.Tables, table("crm", "orders", "id int", "note text", "total decimal(10,2)"), table("crm", "Mixed", "Id int", "Name text"))
	return p, askwire.NewSnapshot(snap), s, how
}

func columnRef(t *testing.T, text string) askwire.ColumnRef {
	p := strings.SplitN(text, ".", 3)
	if len(p) != 3 {
		t.Fatalf("%q is not the name of a column", text)
	}
	return askwire.ColumnRef{DB: p[0], Table: p[1], Column: p[2]}
}

// invariants hold for every admitted text: it reads as itself, and names no table but the policy's, in full.
func invariants(t testing.TB, p *Policy, text string) {
	t.Helper()
	if err := fixpoint(text, p.functions); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	stmt, err := parse(text, Mode{})
	if err != nil {
		t.Fatal(err)
	}
	var tables []*ast.TableName
	ctes := map[string]bool{}
	stmt.Accept(visit(func(n ast.Node) bool {
		switch t := n.(type) {
		case *ast.TableName:
			tables = append(tables, t)
		case *ast.CommonTableExpression:
			ctes[t.Name.O] = true
		}
		return false
	}))
	for _, n := range tables {
		switch {
		case n.Schema.O == "":
			if !ctes[n.Name.O] {
				t.Fatalf("%s names %s without a database", text, n.Name.O)
			}
		case n.Schema.O == "information_schema":
			if p.meta[n.Name.L] == nil {
				t.Fatalf("%s reads %s", text, n.Name.O)
			}
		default:
			if rule := p.table(n.Schema.O, n.Name.O); rule == nil || rule.db != n.Schema.O || rule.name != n.Name.O {
				t.Fatalf("%s reads %s.%s", text, n.Schema.O, n.Name.O)
			}
		}
	}
}

// FuzzCheck: no panic, and what is admitted holds the invariants and never names what the profile does not list.
func FuzzCheck(f *testing.F) {
	for _, c := range shopCases(f) {
		f.Add(c.sql, byte(0))
	}
	for _, s := range moreStatements {
		f.Add(s, byte(7))
	}
	var gates []Gate
	for _, p := range []*askwire.Profile{shopProfile(), strictProfile()} {
		for _, fam := range []askwire.Family{askwire.MariaDB, askwire.MySQL} {
			policy, errs := Compile(p, shopSnapshot(fam), HashKey([]byte("test")))
			if policy == nil {
				f.Fatal(errs)
			}
			gates = append(gates, Gate{Policy: policy, Session: strictSession()})
		}
	}
	f.Fuzz(func(t *testing.T, sql string, how byte) {
		g := gates[how&3]
		g.Session.Mode = Mode{ANSIQuotes: how&8 != 0, NoBackslashEscapes: how&16 != 0, PipesAsConcat: how&32 != 0}
		checkPrinter(t, sql, g.Session.Mode)
		st, err := g.admit(sql, how&4 != 0)
		want, wantErr := g.check(sql, how&4 != 0, false)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: cached %v, full %v", sql, err, wantErr)
		}
		if err != nil {
			if askwire.CodeOf(err) == askwire.Internal {
				t.Fatalf("%q: %v", sql, err)
			}
			return
		}
		if st.Text() != want.text {
			t.Fatalf("%q:\ncached %s\nfull   %s", sql, st.Text(), want.text)
		}
		invariants(t, g.Policy, st.Text())
		for _, name := range st.Receipt().Tables {
			if strings.Contains(name, "secrets") || strings.Contains(name, "salaries") {
				t.Fatalf("%q reads %s", sql, name)
			}
		}
	})
}
