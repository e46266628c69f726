package nl

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// saves makes a saved question of ana's as the store would hand it back.
func saves(t *testing.T, a *Asker, gate guard.Gate, name, text, sql string) askwire.SavedQuestion {
	t.Helper()
	saved, err := a.Saving(asked(t, gate, text), gate, sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	saved.ID, saved.Name, saved.Owner = "id-"+name, name, "ana"
	return saved
}

func by(q *askwire.Question, user string, rights ...string) *askwire.Question {
	q.User = &askwire.User{Name: user, Rights: rights}
	return q
}

func stored(t *testing.T, a *Asker, list ...askwire.SavedQuestion) {
	t.Helper()
	for _, err := range a.SetStored(list) {
		t.Fatal(err)
	}
}

const paidSQL = "SELECT COUNT(*) AS n FROM orders o WHERE o.status = 'paid' AND o.ordered_on >= '2026-02-01' AND o.ordered_on < '2026-03-01';"

func TestStoredIsItsOwnersUntilVerified(t *testing.T) {
	m := &script{do: func(context.Context, Request) (Response, error) {
		return Response{Text: sqlAnswer("SELECT 1 AS n FROM shop.orders o")}, nil
	}}
	a := newAsker(t, m)
	gate := shopGate(t)
	saved := saves(t, a, gate, "paid orders", "지난달 결제된 주문은?", paidSQL)
	stored(t, a, saved)
	for _, text := range []string{"지난달 결제된 주문은?", " 지난 달  결제된 주문 ", "Paid Orders"} {
		q := asked(t, gate, text)
		q.Now = time.Date(2026, 7, 20, 9, 0, 0, 0, q.TimeZone)
		p, st, err := a.Plan(context.Background(), q, gate)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if p.Trust != askwire.Saved || p.Model != "saved:paid orders" || m.calls() != 0 || !st.Valid() || !strings.Contains(p.Draft, "o.ordered_on >= '2026-06-01' AND o.ordered_on < '2026-07-01'") {
			t.Errorf("%q: %+v, %d calls", text, p, m.calls())
		}
	}
	// To others it does not exist: no answer, no example, no suggestion, no row of the list.
	bob := by(asked(t, gate, "지난달 결제된 주문은?"), "bob")
	p, _, err := a.Plan(context.Background(), bob, gate)
	if err != nil || p.Model != "default" || m.calls() != 1 {
		t.Fatalf("%+v, %v, %d calls", p, err, m.calls())
	}
	if strings.Contains(m.request(0).Text(), "status = 'paid'") {
		t.Error("it is an example in another principal's prompt")
	}
	if s := strings.Join(a.SuggestionsFor(bob, gate), "\n"); strings.Contains(s, "결제된") {
		t.Errorf("suggested to bob: %s", s)
	}
	if s := strings.Join(a.SuggestionsFor(asked(t, gate, ""), gate), "\n"); !strings.Contains(s, "지난달 결제된 주문은?") {
		t.Errorf("not suggested to its owner: %s", s)
	}
	if n := storedNames(a.SavedFor(bob, gate)); n != "" {
		t.Errorf("bob's list: %s", n)
	}
	if n := storedNames(a.SavedFor(by(asked(t, gate, ""), "vera", "verify"), gate)); n != "paid orders" {
		t.Errorf("the verifier's list: %q", n)
	}

	saved.Verified = true
	stored(t, a, saved)
	p, _, err = a.Plan(context.Background(), bob, gate)
	if err != nil || p.Trust != askwire.Verified || p.Model != "saved:paid orders" || m.calls() != 1 {
		t.Errorf("verified: %+v, %v, %d calls", p, err, m.calls())
	}
	if n := storedNames(a.SavedFor(bob, gate)); n != "paid orders" {
		t.Errorf("bob's list: %q", n)
	}

	// Outside the gate it stays unknown, whoever asks, verifier or not.
	narrow := shopGate(t, func(p *askwire.Profile) { p.Tables = []string{"shop.customers"} })
	for _, rights := range [][]string{nil, {"verify"}} {
		q := by(asked(t, narrow, "지난달 결제된 주문은?"), "eve", rights...)
		if n := storedNames(a.SavedFor(q, narrow)); n != "" {
			t.Errorf("eve's list: %q", n)
		}
		if p, _, err := a.Plan(context.Background(), q, narrow); err == nil && p.Model != "default" || err != nil && strings.Contains(err.Error(), "paid") {
			t.Errorf("eve: %+v, %v", p, err)
		}
	}
	if _, err := a.Verifying(by(asked(t, narrow, ""), "eve", "verify"), narrow, saved); askwire.CodeOf(err) != askwire.TableDenied {
		t.Errorf("verified outside the verifier's gate: %v", err)
	}
}

func storedNames(list []askwire.SavedState) string {
	var out []string
	for _, s := range list {
		if s.ID != "" {
			out = append(out, s.Name)
		}
	}
	return strings.Join(out, ",")
}

func TestStoredTurnsStale(t *testing.T) {
	gate := shopGate(t)
	m := &script{}
	a := newAsker(t, m)
	saved := saves(t, a, gate, "amounts", "amount of all orders", "SELECT SUM(amount) AS total FROM orders")
	saved.Verified = true
	if saved.Columns["shop.orders.amount"] != "decimal(12,2)" {
		t.Fatalf("columns %v", saved.Columns)
	}
	changedType, gone := saved, saved
	changedType.Columns = map[string]string{"shop.orders.amount": "int"}
	gone.SQL = "SELECT SUM(o.net_amount) AS total FROM orders o"
	for name, c := range map[string]struct {
		saved askwire.SavedQuestion
		owner string // what ana reads
		other string // what bob reads
	}{
		"Changed": {changedType, "was int and is decimal(12,2) now", "was int and is decimal(12,2) now"},
		"Gone":    {gone, "net_amount", "is not there any more"},
	} {
		t.Run(name, func(t *testing.T) {
			stored(t, a, c.saved)
			for user, want := range map[string]string{"ana": c.owner, "bob": c.other} {
				_, _, err := a.Plan(context.Background(), by(asked(t, gate, "Amount of all orders?"), user), gate)
				if askwire.CodeOf(err) != askwire.StaleQuestion || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v", user, err)
				}
				if user == "bob" && strings.Contains(err.Error(), "net_amount") {
					t.Errorf("bob is told a name: %v", err)
				}
			}
			if s := strings.Join(a.SuggestionsFor(asked(t, gate, ""), gate), "\n"); strings.Contains(s, "amount of all") {
				t.Error("it is suggested")
			}
			list := a.SavedFor(by(asked(t, gate, ""), "ana"), gate)
			if last := list[len(list)-1]; last.Name != "amounts" || last.Stale == nil {
				t.Errorf("%+v", last)
			}
		})
	}
	now, err := a.Verifying(asked(t, gate, ""), gate, changedType)
	if err != nil || now.Columns["shop.orders.amount"] != "decimal(12,2)" {
		t.Fatalf("verified anew: %v, %v", now.Columns, err)
	}
	stored(t, a, now)
	if p, _, err := a.Plan(context.Background(), asked(t, gate, "amount of all orders"), gate); err != nil || p.Trust != askwire.Verified {
		t.Errorf("%+v, %v", p, err)
	}
	if m.calls() != 0 {
		t.Errorf("%d calls", m.calls())
	}
}

// What people type is taken word for word: braces and colons in it mean nothing.
func TestStoredIsLiteral(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	const sql = "SELECT COUNT(*) AS n FROM orders WHERE status = ':period1_from {x}'"
	stored(t, a, saves(t, a, gate, "odd", "orders with {status} :x", sql))
	p, _, err := a.Plan(context.Background(), asked(t, gate, "Orders with {status} :x"), gate)
	if err != nil || p.Draft != sql {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestStoredBadOneIsLeftOut(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	good := saves(t, a, gate, "good", "all the orders", "SELECT COUNT(*) AS n FROM orders")
	bad := good
	bad.ID, bad.Name, bad.SQL = "id2", "bad", "SELECT :wrong FROM orders"
	if problems := a.SetStored([]askwire.SavedQuestion{bad, good}); len(problems) != 1 || !strings.Contains(problems[0].Error(), `"bad"`) {
		t.Errorf("problems %v", problems)
	}
	if _, _, err := a.Plan(context.Background(), asked(t, gate, "all the orders"), gate); err != nil {
		t.Error(err)
	}
	if err := a.Reload([]askwire.SavedQuestion{topProducts}); err != nil { // the files change; the store's stay
		t.Fatal(err)
	}
	if _, _, err := a.Plan(context.Background(), asked(t, gate, "all the orders"), gate); err != nil {
		t.Error(err)
	}
}

func TestSavingIsRefused(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	for name, c := range map[string]struct {
		text, sql string
		want      askwire.Code
	}{
		"OutsideTheGate": {"phones", "SELECT phone FROM customers", askwire.ColumnDenied},
		"NoSelect":       {"clean up", "DELETE FROM orders", askwire.NotSupported},
		"NoQuestion":     {"  ", "SELECT 1 FROM orders", askwire.EmptyStatement},
		"OldDates":       {"orders of last month", "SELECT COUNT(*) FROM orders WHERE MONTH(ordered_on) = 2", askwire.StaleQuestion},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := a.Saving(asked(t, gate, c.text), gate, c.sql, nil); askwire.CodeOf(err) != c.want {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

func TestCandidatesFor(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	list := []askwire.Candidate{
		{ID: "1", Backend: "main", Database: "shop", Question: "orders by status", SQL: "SELECT status, COUNT(*) FROM orders GROUP BY status"},
		{ID: "2", Backend: "main", Database: "shop", Question: "phone numbers", SQL: "SELECT phone FROM customers"},
		{ID: "3", Backend: "other", Database: "shop", Question: "orders by day", SQL: "SELECT ordered_on FROM orders"},
		{ID: "4", Backend: "main", Database: "shop", Question: "매출 상위 상품", SQL: "SELECT name FROM products"}, // a verified question
	}
	got := a.CandidatesFor(asked(t, gate, ""), gate, list)
	if len(got) != 1 || got[0].ID != "1" {
		t.Errorf("%+v", got)
	}
}

// A question with a period is verified as the list has it, which holds the period's bounds as well.
func TestVerifyingPeriods(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	stored(t, a, saves(t, a, gate, "last", "orders of last month", "SELECT id FROM orders WHERE ordered_on >= '2026-02-01' AND ordered_on < '2026-03-01'"))
	for _, s := range a.SavedFor(asked(t, gate, ""), gate) {
		if s.Name != "last" {
			continue
		}
		now, err := a.Verifying(asked(t, gate, ""), gate, s.SavedQuestion)
		if err != nil || now.Columns["shop.orders.ordered_on"] != "date" || !strings.Contains(now.SQL, ":period1_from") {
			t.Errorf("%+v, %v", now, err)
		}
		return
	}
	t.Error("it is not in the list")
}
