package guard

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/askwire/askwire"
)

// Option changes how a profile is compiled.
type Option func(*Policy)

// HashKey sets the key of the hash mask. Proxies that share it show the same hashes. Without it the key is random and
// lives as long as the process.
func HashKey(key []byte) Option {
	return func(p *Policy) {
		sum := sha256.Sum256(append([]byte("askwire hash mask\x00"), key...))
		p.hashKey = hex.EncodeToString(sum[:])
	}
}

var processKey = sync.OnceValue(func() string { return strings.ToLower(rand.Text() + rand.Text()) })

// defaultRows bounds a result when the profile does not.
const defaultRows = 10000

// Compile turns a profile into a policy. It returns every problem at once (unknown tables and columns, predicates and
// masks that cannot be parsed, contradictions); with any problem the policy is nil, unless DenyStale says otherwise.
func Compile(p *askwire.Profile, snap *askwire.Snapshot, opts ...Option) (*Policy, []error) {
	b := &builder{profile: p, snap: snap, policy: &Policy{
		server: snap.Server, tables: map[[2]string]*tableRule{}, names: map[string]bool{}, hidden: map[string]bool{}, whole: map[string]bool{},
		functions: map[string]bool{}, types: map[string]typeClass{}, rows: p.Limits.Rows, cartesian: p.Cartesian, hashKey: processKey(), cache: &cache{seed: maphash.MakeSeed()},
	}}
	if b.policy.rows <= 0 {
		b.policy.rows = defaultRows
	}
	for _, o := range opts {
		o(b.policy)
	}
	b.options()
	b.addVirtual()
	b.listTables()
	b.denyColumns()
	b.masks()
	b.rowPolicies()
	b.relationships()
	b.wrap()
	if len(b.problems) > 0 && !b.denyStale() {
		return nil, b.problems
	}
	b.reduceScope()
	b.relate()
	b.policy.meta = b.metadata()
	sort.Strings(b.policy.vars)
	slices.SortFunc(b.policy.warnings, func(x, y *Problem) int { return strings.Compare(x.Error(), y.Error()) })
	b.digest()
	return b.policy, b.problems
}

// builder carries one Compile.
type builder struct {
	profile  *askwire.Profile
	snap     *askwire.Snapshot
	policy   *Policy
	problems []error
	related  []askwire.Relationship // written in the profile
}

// Problem is one rule of a profile that cannot hold, or, as a warning, that can be better. Its message is for operators: it may
// name what the profile's users must not see.
type Problem struct {
	Key   string // of the profile: tables, deny_columns, masks, rows, …
	Entry string // the name or text under that key; "" = the key itself
	Err   *askwire.Error
}

func (p *Problem) Error() string { return p.Err.Error() }

func (p *Problem) Unwrap() error { return p.Err }

// problem notes that an entry of the profile cannot hold. The message is about the entry, which it need not name.
func (b *builder) problem(key, entry, hint, format string, args ...any) {
	b.problems = append(b.problems, b.about(key, entry, hint, format, args...))
}

func (b *builder) warn(key, entry, hint, format string, args ...any) {
	b.policy.warnings = append(b.policy.warnings, b.about(key, entry, hint, format, args...))
}

func (b *builder) about(key, entry, hint, format string, args ...any) *Problem {
	e := askwire.Errorf(askwire.WrongValue, "profile %q: %s: "+format, append([]any{b.profile.Name, key}, args...)...)
	if !strings.HasSuffix(e.Message, ".") {
		e.Message += "."
	}
	return &Problem{Key: key, Entry: entry, Err: e.WithHint("%s", hint)}
}

func (b *builder) options() {
	switch b.profile.Joins {
	case "", "any":
	case "declared":
		b.policy.declared = true
	default:
		b.problem("joins", "", `Write "any" or "declared".`, "%q is unknown.", b.profile.Joins)
	}
	for _, f := range b.profile.FunctionsAllow {
		name := strings.ToLower(f)
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			b.problem("functions_allow", f, "Name a function without parentheses.", "%q is not the name of a function.", f)
			continue
		}
		if _, special := printedAs[name]; special || functions[name].kind > scalarFunction {
			b.problem("functions_allow", f, "Remove it.", "%q cannot be added.", f)
			continue
		}
		b.policy.functions[name] = true
	}
}

func (b *builder) listTables() {
	all := map[string]bool{}
	for _, t := range b.snap.Tables {
		all[strings.ToLower(t.Name)] = true
	}
	for _, entry := range b.profile.Tables {
		db, name, ok := strings.Cut(entry, ".")
		if !ok || db == "" || name == "" {
			b.problem("tables", entry, `Write "db.table" or "db.*".`, "%q is not the name of a table.", entry)
			continue
		}
		if name == "*" {
			b.policy.whole[b.policy.fold(db)] = true
			b.listDatabase(db, entry)
			continue
		}
		t, found := b.snap.Table(db, name)
		if !found {
			b.problem("tables", entry, "Check the spelling, and that the backend's account may see it.", "there is no table %q.", entry)
			continue
		}
		b.list(t)
	}
	for name := range all {
		if !b.policy.names[name] {
			b.policy.hidden[name] = true
		}
	}
}

// listDatabase lists every base table of a database. A view is trusted as a whole, so it must be named.
func (b *builder) listDatabase(db, entry string) {
	n := 0
	for _, t := range b.snap.Tables {
		if b.policy.fold(t.DB) == b.policy.fold(db) && !t.View {
			b.list(t)
			n++
		}
	}
	if n == 0 {
		b.problem("tables", entry, "Check the spelling, and that the backend's account may see it.", "there is no table in database %q.", db)
	}
}

func (b *builder) list(t *askwire.Table) {
	k := [2]string{b.policy.fold(t.DB), b.policy.fold(t.Name)}
	if b.policy.tables[k] == nil {
		b.policy.tables[k] = newTableRule(t)
		b.policy.names[strings.ToLower(t.Name)] = true
	}
}

func newTableRule(t *askwire.Table) *tableRule {
	r := &tableRule{db: t.DB, name: t.Name, id: t.ID(), denied: map[string]bool{}}
	r.cols = make([]columnRule, 0, len(t.Columns))
	for _, c := range t.Columns {
		r.cols = append(r.cols, columnRule{name: c.Name, low: strings.ToLower(c.Name), class: classOf(c.DataType), invisible: strings.Contains(strings.ToUpper(c.Extra), "INVISIBLE"),
			ref: askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: c.Name}})
	}
	r.index()
	r.estimates(t)
	r.figureColumns(t)
	return r
}

func (r *tableRule) index() {
	r.byLow = make(map[string]int, len(r.cols))
	for i := range r.cols {
		r.byLow[r.cols[i].low] = i
	}
}

// split takes "db.table.column" apart and finds the table's rule. The name stands in the entry of the key.
func (b *builder) split(key, entry, name string) (*tableRule, string) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) != 3 {
		b.problem(key, entry, `Write "db.table.column".`, "%q is not the name of a column.", name)
		return nil, ""
	}
	t := b.policy.table(parts[0], parts[1])
	if t == nil {
		b.problem(key, entry, "List the table in tables, or remove the line.", "%q is of a table that the profile does not list.", name)
		return nil, ""
	}
	low := strings.ToLower(parts[2])
	if _, ok := t.byLow[low]; !ok && !t.denied[low] {
		b.problem(key, entry, "Check the spelling.", "there is no column %q.", name)
		return nil, ""
	}
	return t, low
}

func (b *builder) denyColumns() {
	for _, entry := range b.profile.DenyColumns {
		t, low := b.split("deny_columns", entry, entry)
		if t == nil || t.denied[low] {
			continue
		}
		t.denied[low] = true
		i := t.byLow[low]
		t.cols = append(t.cols[:i:i], t.cols[i+1:]...)
		t.index()
		if len(t.cols) == 0 {
			b.problem("deny_columns", entry, "Remove the table instead.", "no column of %q is left.", t.id)
		}
	}
	kept := map[string]bool{}
	for _, entry := range b.profile.LLMDenyColumns {
		if t, low := b.split("llm_deny_columns", entry, entry); t != nil {
			kept[t.id+"."+low] = true
		}
	}
	for _, entry := range b.profile.LLMKeys {
		if t, low := b.split("llm_keys", entry, entry); t != nil && (kept[t.id+"."+low] || t.denied[low]) {
			b.problem("llm_keys", entry, "Remove one of the two.", "%q is also in deny_columns or llm_deny_columns.", entry)
		}
	}
}

// rowPolicies compiles predicates. A predicate may use every column of its table, also denied ones, and sub-selects over
// any table: it is the operator's text, and printed, not pasted.
func (b *builder) rowPolicies() {
	seen := map[*tableRule]string{}
	for _, entry := range sortedKeys(b.profile.Rows) {
		db, name, _ := strings.Cut(entry, ".")
		t := b.policy.table(db, name)
		if t == nil {
			b.problem("rows", entry, "List the table in tables, or remove the line.", "%q is not a table that the profile lists.", entry)
			continue
		}
		if other, twice := seen[t]; twice {
			b.problem("rows", entry, "Join the predicates with AND.", "%q and %q are the same table.", other, entry)
			continue
		}
		seen[t] = entry
		text := b.profile.Rows[entry]
		f, c, err := b.predicate(t, text)
		if err != nil {
			b.problem("rows", entry, "Write a condition over the table's columns and @variables.", "%q: %v", entry, err)
			continue
		}
		t.rows, t.rowsText, t.rowsRead = f, hideConstants(text), map[string]bool{}
		for _, col := range c.columns {
			if col.ref.DB == t.db && col.ref.Table == t.name {
				t.rowsRead[col.low] = true
			}
		}
		b.variables(entry, c)
		b.warnRows(t, entry, c)
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// wrap decides which tables must be read through a sub-select: all from which something is taken away.
func (b *builder) wrap() {
	for _, t := range b.policy.tables {
		t.barrier = t.rows != nil
		t.wrap = t.rows != nil || len(t.denied) > 0 || t.virtual
		for i := range t.cols {
			t.wrap = t.wrap || t.cols[i].mask != nil
		}
		b.ignoreIndexes(t)
	}
}

// relate notes which columns may be joined, by the names that the tables' rules have.
func (b *builder) relate() {
	if !b.policy.declared {
		return
	}
	b.policy.relations = map[[2]askwire.ColumnRef]bool{}
	column := func(c askwire.ColumnRef) askwire.ColumnRef {
		t := b.policy.table(c.DB, c.Table)
		return t.cols[t.byLow[strings.ToLower(c.Column)]].ref
	}
	for _, r := range b.policy.scope.Relationships {
		from, to := column(r.From), column(r.To)
		b.policy.relations[[2]askwire.ColumnRef{from, to}] = true
		b.policy.relations[[2]askwire.ColumnRef{to, from}] = true
	}
	if len(b.policy.relations) == 0 && len(b.policy.tables) > 1 {
		b.warn("joins", "", `Add relationships, or write joins = "any".`,
			"no two tables of the profile have a foreign key or a declared relationship, so no join is allowed.")
	}
}

// digest covers everything that a verdict depends on.
func (b *builder) digest() {
	h := sha256.New()
	p, s := b.profile, b.snap.Server
	key := "" // proxies with keys of their own share plans where no mask needs one
	for _, m := range p.Masks {
		if strings.EqualFold(strings.TrimSpace(m), "hash") {
			key = b.policy.hashKey
		}
	}
	fmt.Fprintf(h, "%q %q %q %q %q %q %v %v %d ", s.Family, s.Version, p.Tables, p.DenyColumns, p.LLMDenyColumns, p.LLMKeys, p.Cartesian, p.Joins, b.policy.rows)
	fmt.Fprintf(h, "%q %d %s ", p.FunctionsAllow, s.LowerCase, key)
	for _, m := range []map[string]string{p.Rows, p.Masks} {
		for _, k := range sortedKeys(m) {
			fmt.Fprintf(h, "%q=%q ", k, m[k])
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(b.policy.stale), func(x, y [2]string) int { return slices.Compare(x[:], y[:]) }) {
		fmt.Fprintf(h, "%q", k)
	}
	if b.policy.declared {
		for _, r := range b.policy.scope.Relationships {
			fmt.Fprintf(h, "%q %q ", r.From, r.To)
		}
	}
	for _, t := range b.snap.Tables {
		if b.policy.table(t.DB, t.Name) == nil {
			continue
		}
		fmt.Fprintf(h, "%q %d", t.ID(), t.Fingerprint)
		for _, c := range t.Columns {
			fmt.Fprintf(h, " %q %q", c.Name, c.Type)
		}
	}
	b.policy.digest = hex.EncodeToString(h.Sum(nil)[:16])
}
