package nl

import (
	"context"
	"slices"
	"testing"

	"github.com/askwire/askwire"
)

func TestAsRead(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	for _, c := range []struct{ name, question, draft, text, want string }{
		{"Month", "orders of last month", "SELECT 1 FROM shop.orders WHERE ordered_at >= '2026-02-01' AND ordered_at < '2026-03-01'", "There are 3.",
			"There are 3. (last month: 2026-02-01 ~ 2026-02-28)"},
		{"Korean", "지난달 3만원 이상 주문", "SELECT 1 FROM shop.orders WHERE ordered_at >= '2026-02-01' AND amount >= 30000", "3건입니다.",
			"3건입니다. (지난달: 2026-02-01 ~ 2026-02-28; 3만원 이상: >= 30000)"},
		{"Day", "orders of yesterday", "… WHERE day = '20260304'", "There are 3.", "There are 3. (yesterday: 2026-03-04)"},
		{"SaidAlready", "orders of last month", "… >= '2026-02-01'", "From 2026-02-01 on there are 3.", "From 2026-02-01 on there are 3."},
		{"Fixed", "orders of 2025", "… >= '2025-01-01'", "There are 3.", "There are 3."},
		{"OtherSQL", "orders of last month over 30k", "… >= CURDATE() - INTERVAL 1 MONTH AND amount > 300000", "There are 3.", "There are 3."},
		{"NoText", "orders of last month", "… >= '2026-02-01'", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := a.asRead(asked(t, gate, c.question), &askwire.Plan{Draft: c.draft}, c.text); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
	t.Run("Limit", func(t *testing.T) {
		q := asked(t, gate, "orders of last month")
		profile := *q.Profile
		profile.AnswerChars = 90
		q.Profile = &profile
		got := a.asRead(q, &askwire.Plan{Draft: "… >= '2026-02-01'"}, "There are 3 orders. The largest of them is from Seoul. All others are from Busan.")
		if want := "There are 3 orders. (last month: 2026-02-01 ~ 2026-02-28)"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestSavedSaysWhatItRead: a saved question's answer says its periods and the values of its parameters, as a model's does.
func TestSavedSaysWhatItRead(t *testing.T) {
	gate := shopGate(t)
	a := newAsker(t, &script{})
	p, _, err := a.Plan(context.Background(), asked(t, gate, "orders from 서울 in 2025-12"), gate)
	if err != nil || p.Saved == nil {
		t.Fatal(p, err)
	}
	if want := []string{"2025-12: from 2025-12-01 (inclusive) to 2026-01-01 (exclusive); the calendar month", "month: 2025-12", "city: Seoul"}; !slices.Equal(p.Resolved, want) {
		t.Errorf("read %q, want %q", p.Resolved, want)
	}
}
