package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// TestPlanOfHiddenRows: the plan of a statement that reads a table with a row policy is not shown, whatever the format, by
// EXPLAIN and by EXPLAIN ASK; the receipt is, and so is the plan of a statement that reads only open tables.
func TestPlanOfHiddenRows(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Rows = map[string]string{p.Tables[1]: "customer_id = @user_id"}
	})
	h.ask("q", "SELECT COUNT(*) FROM orders WHERE id = 4")
	c := h.conn()
	for _, sql := range []string{
		"EXPLAIN SELECT * FROM orders WHERE id = 4", // a row that exists, of another customer
		"EXPLAIN FORMAT = JSON SELECT * FROM orders WHERE id = 4",
		"DESCRIBE SELECT * FROM orders WHERE id = 99",
		"EXPLAIN SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders)",
		"EXPLAIN SELECT name, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
	} {
		if got := number(t, c, sql); got != 50306 {
			t.Errorf("%s: error %d", sql, got)
		}
	}
	if got := table(t, c, "EXPLAIN SELECT name FROM customers WHERE id = 1"); !strings.Contains(got, "PRIMARY") {
		t.Errorf("the plan of an open table: %s", got)
	}
	if got := table(t, c, "EXPLAIN FORMAT = RECEIPT SELECT * FROM orders"); !strings.Contains(got, "customer_id = @user_id") {
		t.Errorf("the receipt: %s", got)
	}
	got := table(t, c, "EXPLAIN ASK 'q'")
	_, plan, _ := strings.Cut(got, "backend plan|")
	plan, _, _ = strings.Cut(plan, "tokens|")
	if !strings.Contains(plan, "not available") || strings.Contains(plan, "rows=") || strings.Contains(plan, "const") {
		t.Errorf("the plan of a question: %q", plan)
	}
}

// TestReceipt: EXPLAIN FORMAT = RECEIPT and EXPLAIN ASK account for all that the guard did, with no value of a policy variable and no
// key of a mask.
func TestReceipt(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Rows = map[string]string{p.Tables[1]: "customer_id = @user_id"}
		p.Masks = map[string]string{p.Tables[0] + ".name": "hash", p.Tables[0] + ".phone": "partial(3, 4)"}
	})
	h.dir.vars["user_id"] = askwire.Value{Kind: askwire.Int, Text: "7654321"}
	const sql = "SELECT c.*, UPPER(o.note) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.id > 2"
	h.ask("q", sql)
	c := h.conn()
	item := func(receipt, name string) string {
		for _, line := range strings.Split(receipt, "\n") {
			if value, ok := strings.CutPrefix(line, name+"|"); ok {
				return value
			}
		}
		t.Errorf("the receipt lacks %s:\n%s", name, receipt)
		return ""
	}
	for how, statement := range map[string]string{"plain": "EXPLAIN FORMAT = RECEIPT " + sql, "ask": "EXPLAIN ASK 'q'"} {
		receipt := table(t, c, statement)
		for _, want := range []string{
			"tables|" + h.db + ".customers\n" + h.db + ".orders", "\npredicates|" + h.db + ".orders: customer_id = @user_id\n",
			"\nmasks|" + h.db + ".customers.name: hash\n" + h.db + ".customers.phone: partial(3, 4)\n", "\nfunctions|UPPER\n",
			"\ncolumns|" + h.db + ".customers.id\n" + h.db + ".customers.name\n" + h.db + ".customers.phone\n" + h.db + ".orders.customer_id\n",
			"\nlimits|100000 rows, 67108864 bytes, 20s, 1099511627776 rows read by the backend's estimate\n", "\nrow limit|100000\n", "\nprofile|customer\n",
		} {
			if !strings.Contains(receipt, want) {
				t.Errorf("%s: the receipt lacks %q:\n%s", how, want, receipt)
			}
		}
		_, rules, _ := strings.Cut(receipt, "\nrules|")
		rules, _, _ = strings.Cut(rules, "\npredicates|")
		for _, rule := range []string{"columns", "limit", "mask", "pushed", "row-policy", "star"} {
			if !strings.Contains("\n"+rules+"\n", "\n"+rule+"\n") {
				t.Errorf("%s: the rules lack %s: %q", how, rule, rules)
			}
		}
		if d := item(receipt, "digest"); len(d) != 64 {
			t.Errorf("%s: digest %q", how, d)
		}
		if p := item(receipt, "policy"); len(p) != 32 {
			t.Errorf("%s: policy %q", how, p)
		}
		for _, hidden := range []string{"7654321", "ssn", "secrets"} {
			if strings.Contains(receipt, hidden) {
				t.Errorf("%s: the receipt shows %s:\n%s", how, hidden, receipt)
			}
		}
		if st := item(receipt, "statement"); !strings.Contains(st, "@user_id") || !strings.Contains(st, "'key'") {
			t.Errorf("%s: statement %s", how, st)
		}
	}
	// What is refused has no receipt.
	if got := number(t, c, "EXPLAIN FORMAT = RECEIPT SELECT ssn FROM customers"); got != 1143 {
		t.Errorf("error %d", got)
	}
}
