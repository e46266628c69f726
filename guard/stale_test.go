package guard

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// TestDenyStale: a rule that names what is not there any more denies its table and no other, in every way that a table is reached.
func TestDenyStale(t *testing.T) {
	snap := shopSnapshot(askwire.MariaDB)
	for name, change := range map[string]func(*askwire.Profile){
		"deny_columns":     func(p *askwire.Profile) { p.DenyColumns = []string{"shop.customers.gone"} },
		"llm_deny_columns": func(p *askwire.Profile) { p.LLMDenyColumns = []string{"shop.customers.gone"} },
		"masks":            func(p *askwire.Profile) { p.Masks = map[string]string{"shop.customers.gone": "hash"} },
		"rows":             func(p *askwire.Profile) { p.Rows = map[string]string{"shop.customers": "gone = @user_id"} },
	} {
		t.Run(name, func(t *testing.T) {
			p := shopProfile()
			change(p)
			if policy, problems := Compile(p, snap); policy != nil || len(problems) != 1 {
				t.Fatalf("without the option: %v", problems)
			}
			policy, problems := Compile(p, snap, DenyStale())
			if policy == nil || len(problems) != 1 {
				t.Fatalf("no policy: %v", problems)
			}
			g := Gate{Policy: policy, Session: Session{Database: "shop", Metadata: true}}
			if _, err := g.Check("SELECT id FROM orders"); err != nil {
				t.Errorf("another table: %v", err)
			}
			for _, sql := range []string{"SELECT id FROM customers", "SELECT 1 FROM orders o JOIN shop.customers c ON c.id = o.customer_id", "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers)"} {
				_, err := g.Check(sql)
				if askwire.CodeOf(err) != askwire.PolicyDenied || !strings.Contains(err.Error(), "Stale: "+name+" of shop.customers.") || strings.Contains(err.Error(), "gone") {
					t.Errorf("%s: %v", sql, err)
				}
			}
			if _, ok := policy.Scope().Table("shop", "customers"); ok {
				t.Error("the table is in the scope")
			}
			if st, err := g.Check("SELECT TABLE_NAME FROM information_schema.TABLES"); err != nil || strings.Contains(st.Text(), "'customers'") {
				t.Errorf("information_schema: %v %s", err, st.Text())
			}
			if st, err := g.Check("WITH customers AS (SELECT 1 AS x) SELECT x FROM customers"); err != nil || !strings.Contains(st.Text(), hiddenCTE) {
				t.Errorf("its name is not hidden: %v %s", err, st.Text())
			}
			if fit := compile(t, shopProfile(), snap); fit.Digest() == policy.Digest() {
				t.Error("the digest is that of a policy that fits")
			}
		})
	}
	for name, change := range map[string]func(*askwire.Profile){
		"NoTableLeft": func(p *askwire.Profile) { p.Tables, p.DenyColumns = []string{"shop.gone"}, nil },
		"TableRenamed": func(p *askwire.Profile) {
			p.Tables, p.DenyColumns = []string{"shop.*"}, []string{"shop.clients.ssn"}
		},
		"Misspelt": func(p *askwire.Profile) { p.DenyColumns = []string{"shop.custmers.ssn"} },
		"NoTable":  func(p *askwire.Profile) { p.Joins = "sideways" },
		"Function": func(p *askwire.Profile) { p.FunctionsAllow = []string{"count"} },
	} {
		p := shopProfile()
		change(p)
		if policy, problems := Compile(p, snap, DenyStale()); policy != nil || len(problems) == 0 {
			t.Errorf("%s: a policy, %v", name, problems)
		}
	}
	p := shopProfile()
	p.Tables, p.Relationships, p.LLMKeys = append(p.Tables, "shop.gone"), []string{"shop.orders.gone -> shop.customers.id"}, []string{"shop.orders.gone"}
	policy, problems := Compile(p, snap, DenyStale())
	if policy == nil || len(problems) != 3 {
		t.Fatalf("what allows less: %v", problems)
	}
	if _, err := (Gate{Policy: policy, Session: Session{Database: "shop"}}).Check("SELECT id FROM gone"); !strings.Contains(err.Error(), "Stale: tables of shop.gone.") {
		t.Error(err)
	}
}
