package main

import (
	"context"
	"fmt"
	"strconv"
)

// warmAsk compares a question whose plan is cached with the SQL that it stands for, both through askwire: a point select, and
// a thousand rows. The names say how the history is kept, because a question is recorded and the SQL is not.
func warmAsk(ctx context.Context, s settings, w *world, rep *report) error {
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
			{w.gated, "ask, audit best_effort, summary cached", size.ask},
			{w.audited, "ask, audit required, summary off", size.ask + " USING summary = 'off'"},
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
