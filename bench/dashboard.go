package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const panels = 20

func panelQuestion(i int) string { return fmt.Sprintf("panel %d of the dashboard", i) }

// panelSQL is what the model answers to it.
func panelSQL(i int) string {
	return fmt.Sprintf("SELECT e, COUNT(*) AS n FROM bench.big WHERE id BETWEEN %d AND %d GROUP BY e", i+1, i+3000)
}

// dashboard opens twenty panels at once, each on a connection of its own, over and over: as the questions of a table each, as questions,
// and as the SQL of both. What is counted is a whole dashboard.
func dashboard(ctx context.Context, s settings, w *world, rep *report) error {
	work := []struct {
		name string
		t    target
		sql  func(i int) string
	}{
		{"plain", w.gated, func(i int) string { return "SELECT e, n FROM (" + panelSQL(i) + ") AS q" }},
		{"tables of questions", w.gated, func(i int) string { return "SELECT e, n FROM ask.`" + panelQuestion(i) + "`" }},
		{"plain, without a table around", w.gated, panelSQL},
		{"questions", w.gated, func(i int) string { return "ASK '" + panelQuestion(i) + "' USING summary = 'off'" }},
	}
	res := newResult("Dashboard", fmt.Sprintf("%d panels at once, warm", panels))
	for range s.rounds {
		for _, x := range work {
			l, err := boards(ctx, x.t, x.sql, s.slice)
			if err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			res.add(x.name, l)
			rep.load("Dashboard/"+x.name, l)
		}
	}
	rep.rates(res, "plain", nil)
	fmt.Printf("questions beside their SQL: × %s\n", res.ratio("questions", "plain, without a table around", perSecond))
	return nil
}

// boards opens dashboards one after the other for d.
func boards(ctx context.Context, t target, sql func(i int) string, d time.Duration) (load, error) {
	conns := make([]*conn, panels)
	for i := range conns {
		c, err := dial(t)
		if err != nil {
			return load{}, err
		}
		defer c.close()
		conns[i] = c
	}
	board := func() error {
		errs := make([]error, panels)
		var wg sync.WaitGroup
		for i, c := range conns {
			wg.Go(func() {
				n, err := c.query(sql(i))
				errs[i] = rows(n, 2, err)
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
	for range 5 { // warm
		if err := board(); err != nil {
			return load{}, err
		}
	}
	m := startMeter(t)
	var took []time.Duration
	for end := m.begin.Add(d); time.Now().Before(end) && ctx.Err() == nil; {
		begin := time.Now()
		if err := board(); err != nil {
			return load{}, err
		}
		took = append(took, time.Since(begin))
	}
	if err := ctx.Err(); err != nil {
		return load{}, err
	}
	return m.load(took, len(took)), nil
}
