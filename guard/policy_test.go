package guard

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// TestScope: the reduced snapshot holds nothing that the profile does not show.
func TestScope(t *testing.T) {
	snap := *shopSnapshot(askwire.MariaDB)
	customers, _ := snap.Table("shop", "customers")
	customers.Indexes = append(customers.Indexes, askwire.Index{Name: "by_ssn", Columns: []string{"city", "ssn"}})
	customers.Rows = 2000
	for i := range customers.Columns {
		customers.Columns[i].Samples = []string{"sample"}
	}
	orders, _ := snap.Table("shop", "orders")
	orders.ForeignKeys = []askwire.ForeignKey{
		{Name: "seen", Columns: []string{"customer_id"}, RefDB: "shop", RefTable: "customers", RefColumns: []string{"id"}},
		{Name: "hidden", Columns: []string{"id"}, RefDB: "shop", RefTable: "secrets", RefColumns: []string{"id"}},
		{Name: "denied", Columns: []string{"status"}, RefDB: "shop", RefTable: "customers", RefColumns: []string{"ssn"}},
	}
	ref := func(table, col string) askwire.ColumnRef {
		return askwire.ColumnRef{DB: "shop", Table: table, Column: col}
	}
	snap.Relationships = []askwire.Relationship{{From: ref("orders", "customer_id"), To: ref("customers", "id")}, {From: ref("orders", "id"), To: ref("secrets", "id")},
		{From: ref("orders", "status"), To: ref("customers", "ssn")}}
	snap.Terms = []askwire.Term{{Name: "a", Tables: []string{"shop.orders"}}, {Name: "b", Tables: []string{"shop.secrets"}}}
	p := shopProfile()
	p.Rows = map[string]string{"shop.customers": "id = @user_id"}
	p.Masks = map[string]string{"shop.orders.amount": "null"}
	policy := compile(t, p, askwire.NewSnapshot(snap))

	s := policy.Scope()
	if len(s.Tables) != 3 || len(s.Relationships) != 1 || len(s.Terms) != 1 {
		t.Errorf("%d tables, %d relationships, %d terms", len(s.Tables), len(s.Relationships), len(s.Terms))
	}
	c, ok := s.Table("shop", "customers")
	if !ok {
		t.Fatal("customers is not in scope")
	}
	if _, ok := c.Column("ssn"); ok || len(c.Indexes) != 1 || c.Rows != -1 || c.Columns[0].Samples != nil {
		t.Errorf("customers shows too much: %+v", c)
	}
	o, _ := s.Table("shop", "orders")
	if len(o.ForeignKeys) != 1 || o.ForeignKeys[0].Name != "seen" {
		t.Errorf("foreign keys %+v", o.ForeignKeys)
	}
	if full, _ := snap.Table("shop", "customers"); len(full.Columns) != 7 {
		t.Error("the catalog's own table was changed")
	}
	if !policy.RowPolicy("shop", "customers") || policy.RowPolicy("shop", "orders") || !policy.Masked(ref("orders", "amount")) ||
		policy.Masked(ref("orders", "id")) || !slices.Equal(policy.Variables(), []string{"user_id"}) {
		t.Error("the policy does not know its own rules")
	}
}

// TestDigest: every rule, and every change of a listed table, makes another digest; others do not.
func TestDigest(t *testing.T) {
	base := compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)).Digest()
	if again := compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)).Digest(); again != base || base == "" {
		t.Fatal("equal profiles have different digests")
	}
	seen := map[string]string{base: "base"}
	for name, change := range map[string]func(*askwire.Profile, *askwire.Snapshot){
		"Rows":      func(p *askwire.Profile, _ *askwire.Snapshot) { p.Rows = map[string]string{"shop.orders": "id = 1"} },
		"Masks":     func(p *askwire.Profile, _ *askwire.Snapshot) { p.Masks = map[string]string{"shop.orders.id": "null"} },
		"Tables":    func(p *askwire.Profile, _ *askwire.Snapshot) { p.Tables = append(p.Tables, "shop.salaries") },
		"Deny":      func(p *askwire.Profile, _ *askwire.Snapshot) { p.DenyColumns = nil },
		"Limit":     func(p *askwire.Profile, _ *askwire.Snapshot) { p.Limits.Rows = 5 },
		"Cartesian": func(p *askwire.Profile, _ *askwire.Snapshot) { p.Cartesian = true },
		"Functions": func(p *askwire.Profile, _ *askwire.Snapshot) { p.FunctionsAllow = []string{"f"} },
		"Column": func(_ *askwire.Profile, s *askwire.Snapshot) {
			o, _ := s.Table("shop", "orders")
			o.Columns = append(o.Columns, col("more int"))
		},
		"Server": func(_ *askwire.Profile, s *askwire.Snapshot) { s.Server.Version = "11" },
	} {
		p, s := shopProfile(), shopSnapshot(askwire.MariaDB)
		change(p, s)
		d := compile(t, p, s).Digest()
		if other, twice := seen[d]; twice {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[d] = name
	}
	s := shopSnapshot(askwire.MariaDB)
	hidden, _ := s.Table("shop", "secrets")
	hidden.Columns = append(hidden.Columns, col("more int"))
	if compile(t, shopProfile(), s).Digest() != base {
		t.Error("a table that is not listed changes the digest")
	}
}

// TestWarnings: what a profile loses by a mask or a row policy is said, with the entry that it is about.
func TestWarnings(t *testing.T) {
	snap := *shopSnapshot(askwire.MariaDB)
	ref := func(table, col string) askwire.ColumnRef {
		return askwire.ColumnRef{DB: "shop", Table: table, Column: col}
	}
	snap.Relationships = []askwire.Relationship{{From: ref("orders", "product_id"), To: ref("products", "id")}}
	p := shopProfile()
	p.Masks = map[string]string{"shop.customers.city": "null", "shop.customers.phone": "null", "shop.orders.product_id": "hash"}
	p.Rows = map[string]string{"shop.customers": "id = @user_id AND ssn IS NOT NULL", "shop.orders": "@user_id = customer_id AND status IN ('open', @status)", "shop.products": "1 = 1"}
	var got []string
	for _, w := range compile(t, p, askwire.NewSnapshot(snap)).Warnings() {
		got = append(got, w.Key+" "+w.Entry)
		if !strings.Contains(w.Error(), w.Entry) {
			t.Errorf("%v does not name %s", w, w.Entry)
		}
	}
	slices.Sort(got)
	if want := []string{"masks shop.customers.city", "masks shop.orders.product_id", "rows shop.customers", "rows shop.orders", "rows shop.products"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestIndexWarnings: an index that would serve look-ups, but for the hidden column that it holds, is named.
func TestIndexWarnings(t *testing.T) {
	for _, c := range []struct {
		indexes [][]string
		want    bool
	}{
		{[][]string{{"phone"}}, false}, // no condition can use it
		{[][]string{{"phone", "email"}}, false},
		{[][]string{{"email", "phone"}}, true},
		{[][]string{{"email", "phone"}, {"EMAIL"}}, false}, // the other serves
		{[][]string{{"email", "phone"}, {"email", "ssn"}}, true},
	} {
		snap := *shopSnapshot(askwire.MariaDB)
		customers, _ := snap.Table("shop", "customers")
		for i, columns := range c.indexes {
			customers.Indexes = append(customers.Indexes, askwire.Index{Name: "i" + strconv.Itoa(i), Columns: columns})
		}
		p := shopProfile()
		p.Masks, p.Rows = map[string]string{"shop.customers.phone": "null"}, nil
		warned := slices.ContainsFunc(compile(t, p, askwire.NewSnapshot(snap)).Warnings(), func(w *Problem) bool {
			return w.Key == "tables" && strings.Contains(w.Error(), "the index i0 of shop.customers is not read") && strings.Contains(w.Error(), "add an index on email alone")
		})
		if warned != c.want {
			t.Errorf("%q: warned %v, want %v", c.indexes, warned, c.want)
		}
	}
}

// TestProblemsSayWhere: every problem names the key and the entry that it is about.
func TestProblemsSayWhere(t *testing.T) {
	p := shopProfile()
	p.Tables = append(p.Tables, "shop.gone")
	p.DenyColumns = append(p.DenyColumns, "shop.orders.gone")
	p.Masks = map[string]string{"shop.customers.ssn": "null"}
	p.Rows = map[string]string{"shop.orders": "gone = 1", "shop.customers": "id = @a AND city = @a"}
	p.Relationships = []string{"shop.orders.customer_id -> shop.customers.gone", "shop.orders.status -> shop.customers.ssn", "shop.orders.id"}
	_, problems := Compile(p, shopSnapshot(askwire.MariaDB))
	var got []string
	for _, err := range problems {
		var where *Problem
		if !errors.As(err, &where) || askwire.CodeOf(err) != askwire.WrongValue {
			t.Fatalf("%v does not say where", err)
		}
		got = append(got, where.Key+" "+where.Entry)
	}
	want := []string{"tables shop.gone", "deny_columns shop.orders.gone", "masks shop.customers.ssn", "rows shop.customers", "rows shop.orders",
		"relationships shop.orders.customer_id -> shop.customers.gone", "relationships shop.orders.status -> shop.customers.ssn", "relationships shop.orders.id"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestProfileRelationships: what the profile writes by hand may be joined by, as what the database declares.
func TestProfileRelationships(t *testing.T) {
	p := shopProfile()
	p.Joins = "declared"
	p.Relationships = []string{"shop.orders.customer_id->shop.customers.id"}
	policy := compile(t, p, shopSnapshot(askwire.MariaDB))
	g := Gate{Policy: policy, Session: Session{Database: "shop"}}
	if _, err := g.Check("SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id"); err != nil {
		t.Error(err)
	}
	if _, err := g.Check("SELECT p.name FROM products p JOIN orders o ON o.product_id = p.id"); askwire.CodeOf(err) != askwire.PolicyDenied {
		t.Errorf("got %v", err)
	}
	if n := len(policy.Scope().Relationships); n != 1 {
		t.Errorf("%d relationships in scope", n)
	}
}

// TestAnyVariables: values that stand for anybody's fit the policy.
func TestAnyVariables(t *testing.T) {
	p := shopProfile()
	p.Rows = map[string]string{"shop.orders": "customer_id = @number AND status = @text AND ordered_at > @day AND LENGTH(@free) > 1"}
	policy := compile(t, p, shopSnapshot(askwire.MariaDB))
	vars := policy.AnyVariables()
	if m := policy.Misfits(vars); len(m) > 0 || len(vars) != 4 {
		t.Errorf("%v do not fit: %v", vars, m)
	}
}

// TestMisfits: a variable must be there, and of the type of the columns that it is compared with.
func TestMisfits(t *testing.T) {
	value := func(k askwire.ValueKind, text string) askwire.Value { return askwire.Value{Kind: k, Text: text} }
	number, word := value(askwire.Int, "7"), value(askwire.String, "7abc")
	day, free := value(askwire.String, "2024-01-31"), value(askwire.Null, "")
	for name, x := range map[string]struct {
		rows string
		vars map[string]askwire.Value
		want string
	}{
		"Number":          {"customer_id = @v", map[string]askwire.Value{"v": number}, ""},
		"AnyCase":         {"customer_id = @V", map[string]askwire.Value{"v": number}, ""},
		"TextForNumber":   {"customer_id = @v", map[string]askwire.Value{"v": word}, "v a number"},
		"OtherWayRound":   {"@v < customer_id", map[string]askwire.Value{"v": word}, "v a number"},
		"NumberForText":   {"status = @v", map[string]askwire.Value{"v": number}, "v a text"},
		"InList":          {"status IN ('open', @v)", map[string]askwire.Value{"v": number}, "v a text"},
		"Between":         {"customer_id BETWEEN 1 AND @v", map[string]askwire.Value{"v": word}, "v a number"},
		"Like":            {"status LIKE @v", map[string]askwire.Value{"v": number}, "v a text"},
		"Date":            {"ordered_at >= @v", map[string]askwire.Value{"v": day}, ""},
		"NumberForDate":   {"ordered_at >= @v", map[string]askwire.Value{"v": number}, "v a date"},
		"DateForm":        {"ordered_at >= @v", map[string]askwire.Value{"v": value(askwire.Decimal, "2024-01-31")}, "v a date"},
		"TextForDate":     {"ordered_at >= @v", map[string]askwire.Value{"v": word}, "v a date"},
		"Null":            {"customer_id = @v", map[string]askwire.Value{"v": free}, "v a number"},
		"InSubSelect":     {"product_id IN (SELECT id FROM products WHERE name = @v)", map[string]askwire.Value{"v": number}, "v a text"},
		"InExpression":    {"customer_id = @v + 1", map[string]askwire.Value{"v": word}, "v a number"},
		"Missing":         {"customer_id = @v", nil, "v missing"},
		"MissingUntyped":  {"LENGTH(@v) > 1", nil, "v missing"},
		"SecondOfAnd":     {"id > 0 AND (status = 'x' OR customer_id = @v)", map[string]askwire.Value{"v": word}, "v a number"},
		"InCorrelatedSub": {"EXISTS (SELECT 1 FROM products p WHERE p.id = product_id AND p.price > @v)", map[string]askwire.Value{"v": word}, "v a number"},
	} {
		p := shopProfile()
		p.Rows = map[string]string{"shop.orders": x.rows}
		got := ""
		for _, m := range compile(t, p, shopSnapshot(askwire.MariaDB)).Misfits(x.vars) {
			got = m.Name + " " + m.Want
			if m.Missing {
				got = m.Name + " missing"
			}
		}
		if got != x.want {
			t.Errorf("%s: got %q, want %q", name, got, x.want)
		}
	}
}

// TestVariablesInExpressions: the place of a variable in an expression says of what type its value must be; where nothing says it, the
// operator is warned.
func TestVariablesInExpressions(t *testing.T) {
	number, text := askwire.Value{Kind: askwire.Int, Text: "7"}, askwire.Value{Kind: askwire.String, Text: "x"}
	for predicate, x := range map[string]struct {
		fits, misfits askwire.Value
		warned        bool
	}{
		"customer_id = @v + 0":            {number, text, false},
		"customer_id = 0 - @v":            {number, text, false},
		"customer_id + 0 = @v":            {number, text, false},
		"LOWER(status) = @v":              {text, number, false},
		"@v = CONCAT(status, 'x')":        {text, number, false},
		"YEAR(ordered_at) IN (2023, @v)":  {number, text, false},
		"COALESCE(customer_id, 0) = @v":   {number, text, false},
		"@v = 'admin' OR customer_id = 1": {text, number, false},
		"DATE(ordered_at) >= @v":          {askwire.Value{Kind: askwire.String, Text: "2024-01-31"}, text, false},
		"customer_id IN (SELECT c.id FROM customers c WHERE LOWER(c.city) = @v)": {text, number, false},
		"FIND_IN_SET(status, @v)": {text, askwire.Value{Kind: askwire.Null}, true},
	} {
		p := shopProfile()
		p.Rows = map[string]string{"shop.orders": predicate}
		policy := compile(t, p, shopSnapshot(askwire.MySQL))
		if m := policy.Misfits(map[string]askwire.Value{"v": x.fits}); len(m) > 0 {
			t.Errorf("%s: %+v does not fit: %v", predicate, x.fits, m)
		}
		if m := policy.Misfits(map[string]askwire.Value{"v": x.misfits}); len(m) != 1 {
			t.Errorf("%s: %+v fits", predicate, x.misfits)
		}
		warned := slices.ContainsFunc(policy.Warnings(), func(w *Problem) bool { return strings.Contains(w.Error(), "of what type @v is") })
		if warned != x.warned {
			t.Errorf("%s: warned %v", predicate, warned)
		}
	}
}

// TestContradictingKeys: a column whose values may leave as keys, and must not leave, is an error.
func TestContradictingKeys(t *testing.T) {
	for name, c := range map[string]struct {
		denied, kept []string
		want         bool
	}{
		"Neither": {nil, nil, false},
		"Denied":  {[]string{"shop.customers.CITY"}, nil, true},
		"Kept":    {nil, []string{"shop.Customers.city"}, true},
		"Another": {[]string{"shop.customers.phone"}, []string{"shop.customers.email"}, false},
	} {
		snap := *shopSnapshot(askwire.MariaDB)
		snap.Server.LowerCase = 1
		p := shopProfile()
		p.DenyColumns, p.LLMDenyColumns, p.LLMKeys = c.denied, c.kept, []string{"shop.customers.city"}
		_, problems := Compile(p, askwire.NewSnapshot(snap))
		found := slices.ContainsFunc(problems, func(err error) bool {
			return strings.Contains(err.Error(), `llm_keys: "shop.customers.city" is also in deny_columns or llm_deny_columns.`)
		})
		if found != c.want || !c.want && len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
