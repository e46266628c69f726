package guard

import (
	"slices"
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

// TestWarnings: a mask on a key is said.
func TestWarnings(t *testing.T) {
	p := shopProfile()
	p.Masks = map[string]string{"shop.customers.city": "null", "shop.customers.phone": "null"}
	w := compile(t, p, shopSnapshot(askwire.MariaDB)).Warnings()
	if len(w) != 1 || !strings.Contains(w[0], "shop.customers.city") {
		t.Errorf("got %q", w)
	}
}
