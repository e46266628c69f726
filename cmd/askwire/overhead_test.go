package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/eval"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/nl"
)

// instant is a model that answers at once.
type instant struct{}

func (instant) Complete(context.Context, nl.Request) (nl.Response, error) {
	return nl.Response{Text: `{"sql": "SELECT o.status, COUNT(*) AS n FROM ecommerce.orders o GROUP BY o.status", "tables": [], "assumptions": [], "cannot_answer": ""}`}, nil
}

// BenchmarkAskOverhead is what a question costs beside its model, on the 24 tables of the four sample databases: linking,
// prompt, answer, repair and gate. No plan is taken from the cache.
func BenchmarkAskOverhead(b *testing.B) {
	snap, err := eval.LoadCatalog("../../catalog/testdata/samples.json")
	if err != nil || len(snap.Tables) != 24 {
		b.Fatal(err, len(snap.Tables))
	}
	from := *snap
	from.Server = askwire.Server{Family: askwire.MariaDB, Version: "10.11.14-MariaDB", Major: 10, Minor: 11}
	snap = askwire.NewSnapshot(from)
	profile := &askwire.Profile{Name: "all", Tables: []string{"ad.*", "edu.*", "ecommerce.*", "hr.*"}, Joins: "any", PlainSQL: "guarded", LLMData: "rows",
		Limits: askwire.Limits{Rows: 10000, Bytes: 64 << 20, ScanRows: 1 << 40}}
	policy, problems := guard.Compile(profile, snap)
	if policy == nil {
		b.Fatal(problems)
	}
	asker, err := nl.New(nl.Config{Models: []nl.NamedModel{{Name: "instant", Model: instant{}}}, Search: nl.SearcherFunc(catalog.Search), PlanCache: -1})
	if err != nil {
		b.Fatal(err)
	}
	q := &askwire.Question{Text: "지난달 상태별 주문 수", User: &askwire.User{Name: "ana"}, Profile: profile, Snapshot: policy.Scope(), TimeZone: time.UTC,
		Now: time.Now(), Progress: func(string) {}}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, _, err := asker.Plan(b.Context(), q, guard.Gate{Policy: policy}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}
