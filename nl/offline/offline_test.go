package offline_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/nl"
	"github.com/askwire/askwire/nl/offline"
)

var saved = []askwire.SavedQuestion{
	{
		Name: "orders-by-city", Database: "shop", Verified: true, Onboarding: true,
		Questions: []string{"{n}개 도시의 주문 수", "top {n} cities by orders"},
		SQL:       "SELECT o.city, COUNT(*) AS n FROM orders o GROUP BY o.city ORDER BY n DESC, o.city LIMIT :n",
		Params:    []askwire.Param{{Name: "n", Type: askwire.IntParam, Default: "5", Min: "1", Max: "50"}},
		Summary:   map[string]string{"ko": "주문이 가장 많은 도시는 {1.city}({1.n}건)이고 모두 {sum.n}건입니다.", "en": "{1.city} leads with {1.n} orders of {sum.n}."},
	},
	{Name: "secret", Database: "shop", Verified: true, Questions: []string{"도시의 급여 합계"}, SQL: "SELECT SUM(s.pay) AS s FROM salaries s"},
}

func setup(t *testing.T) (*nl.Asker, guard.Gate) {
	t.Helper()
	snap := askwire.NewSnapshot(askwire.Snapshot{Backend: "main", Version: 1, Server: askwire.Server{Family: askwire.MariaDB, Major: 10, Minor: 11}, Tables: []*askwire.Table{
		{DB: "shop", Name: "orders", Rows: 10, PrimaryKey: []string{"id"}, Columns: []askwire.Column{{Name: "id", Type: "int", DataType: "int"}, {Name: "city", Type: "varchar(20)", DataType: "varchar"}}},
		{DB: "shop", Name: "salaries", Rows: 10, Columns: []askwire.Column{{Name: "pay", Type: "int", DataType: "int"}}},
	}})
	policy, problems := guard.Compile(&askwire.Profile{
		Name: "p", Backend: "main", Tables: []string{"shop.orders"}, Joins: "any",
		Limits: askwire.Limits{Rows: 100, Bytes: 1 << 20, Time: askwire.Duration{Duration: time.Second}, ScanRows: 1 << 40},
	}, snap)
	if policy == nil {
		t.Fatal(problems)
	}
	none := nl.SearcherFunc(func(*askwire.Snapshot, string, int) []askwire.RankedTable { return nil })
	a, err := nl.New(nl.Config{Models: []nl.NamedModel{{Name: "default", Model: offline.New()}}, Search: none, Saved: saved})
	if err != nil {
		t.Fatal(err)
	}
	return a, guard.Gate{Policy: policy, Session: guard.Session{Database: "shop"}}
}

func ask(gate guard.Gate, text string) *askwire.Question {
	return &askwire.Question{
		ID: "q", Text: text, User: &askwire.User{Name: "ana"}, Profile: &askwire.Profile{Name: "p", LLMData: "none"}, Snapshot: gate.Policy.Scope(), Database: "shop",
		TimeZone: time.UTC, Now: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), Progress: func(string) {},
	}
}

func TestKnownQuestion(t *testing.T) {
	a, gate := setup(t)
	for text, want := range map[string]string{
		"3개 도시의 주문 수는?":          "주문이 가장 많은 도시는 Seoul(1,200건)이고 모두 1,210건입니다.",
		"Top 3 cities by orders": "Seoul leads with 1,200 orders of 1,210.",
	} {
		q := ask(gate, text)
		p, st, err := a.Plan(context.Background(), q, gate)
		if err != nil {
			t.Fatal(err)
		}
		if p.Calls != 0 || p.Trust != askwire.Verified || !strings.HasSuffix(p.Draft, "LIMIT 3") {
			t.Errorf("plan %+v", p)
		}
		seoul, many, busan, few := "Seoul", "1200", "Busan", "10"
		s := askwire.Sample{Columns: []string{"city", "n"}, Types: []string{"varchar", "bigint"}, Rows: [][]*string{{&seoul, &many}, {&busan, &few}}, Complete: true}
		for _, word := range []func(context.Context, *askwire.Question, *askwire.Plan, guard.Statement, askwire.Sample) (string, error){a.Summarize, a.Narrate} {
			if got, err := word(context.Background(), q, p, st, s); err != nil || got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		}
	}
}

func TestUnknownQuestion(t *testing.T) {
	a, gate := setup(t)
	cases := []struct{ name, text, says, offers string }{
		{"NearKorean", "도시별 주문 수를 그려줘", "저장된 질문에만", "5개 도시의 주문 수"},
		{"NearEnglish", "orders of all cities", "only the saved questions", "top 5 cities by orders"},
		{"FarKorean", "날씨 어때", "비슷한 저장된 질문이 없습니다", "5개 도시의 주문 수"},
		{"FarEnglish", "weather?", "none is near", "top 5 cities by orders"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := a.Plan(context.Background(), ask(gate, c.text), gate)
			if askwire.CodeOf(err) != askwire.NotAnswerable || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.offers) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "급여") {
				t.Errorf("offers what the gate refuses: %v", err)
			}
		})
	}
}

func TestForeignRequest(t *testing.T) {
	for _, r := range []nl.Request{{Stage: askwire.StageSQL}, {Stage: askwire.StageEmbed, Facts: &nl.Facts{Question: &askwire.Question{}}}} {
		if _, err := offline.New().Complete(context.Background(), r); askwire.CodeOf(err) != askwire.ModelUnavailable {
			t.Errorf("%s: %v", r.Stage, err)
		}
	}
}
