package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/askwire/askwire/internal/engine"
)

// warmAsk compares a question whose plan is cached with the SQL that it stands for, both through askwire: a point select, and
// a thousand rows. The names say how the history is kept, because a question is recorded and the SQL is not.
// One askwire keeps its history on a server of its own, whose processor time is then a column beside the answering server's.
func warmAsk(ctx context.Context, s settings, w *world, rep *report) error {
	apart, err := w.apart(ctx, s.askwire)
	if err != nil {
		return err
	}
	var before target // its history has a server of its own too: the two may not agree on the tables
	if s.before != "" {
		if before, err = w.apart(ctx, s.before); err != nil {
			return err
		}
	}
	sizes := []struct {
		name, sql, ask string
		rows           int
	}{
		{"point select", pointSQL + strconv.Itoa(4711), "ASK 'point 4711'", 1},
		{"1,000 rows", thousandSQL, "ASK 'a thousand rows'", 1000},
	}
	for _, size := range sizes {
		work := []struct {
			t    target
			name string
			text string
		}{
			{w.gated, "plain", size.sql},
			{w.audited, "plain, audit_plain all", size.sql},
			{w.gated, "ask, audit best_effort, summary off", size.ask + " USING summary = 'off'"},
			{apart, "the same, history on another server", size.ask + " USING summary = 'off'"},
			{w.gated, "ask, audit best_effort, summary cached", size.ask},
			{w.audited, "ask, audit required, summary off", size.ask + " USING summary = 'off'"},
		}
		if s.before != "" {
			work = append(work[:1], work[3], work[3])
			work[2].t, work[2].name = before, "before"
		}
		res := newResult("WarmAsk", fmt.Sprintf("16 connections, %s", size.name))
		for range s.rounds {
			for _, x := range work {
				l, err := drive(ctx, x.t, 16, s.slice, fixedOp(x.text, size.rows))
				if err != nil {
					return err
				}
				res.add(x.name, l)
				rep.load(fmt.Sprintf("WarmAsk/rows=%d/%s", size.rows, x.name), l)
			}
		}
		rep.rates(res, "plain", nil)
	}
	return nil
}

// apart starts an askwire whose history is on a server of its own.
func (w *world) apart(ctx context.Context, program string) (target, error) {
	db, err := engine.Start(ctx, engine.Options{Kind: engine.MariaDB})
	if err != nil {
		return target{}, err
	}
	w.stops = append(w.stops, func() { db.Stop() })
	t, _, _, err := w.askwire(ctx, proxyOptions{program: program, audit: "best_effort", plain: "off", store: "root@tcp(" + db.Addr + ")/"})
	t.store = db.PID()
	return t, err
}
