package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const points = 100_000 // rows of the table of point selects; ids are uniformly random

const pointSQL = "SELECT id, k, c, phone FROM bench.points WHERE id = "

// unmaskedSQL leaves the masked column out: the engine's own work for the mask is part of the difference between the two.
const unmaskedSQL = "SELECT id, k, c FROM bench.points WHERE id = "

// thousandSQL is the SQL of the question "a thousand rows".
const thousandSQL = "SELECT id, a, b, c, d, e, f FROM bench.big WHERE id <= 1000"

func selectOp(sql string) func(c *conn, r *rand.Rand) (func() error, error) {
	return func(c *conn, r *rand.Rand) (func() error, error) {
		b := make([]byte, 0, 128)
		return func() error {
			b = strconv.AppendInt(append(b[:0], sql...), r.Int64N(points)+1, 10)
			n, err := c.query(string(b))
			return oneRow(n, err)
		}, nil
	}
}

var textOp = selectOp(pointSQL)

func preparedOp(c *conn, r *rand.Rand) (func() error, error) {
	id, err := c.prepare(pointSQL + "?")
	if err != nil {
		return nil, err
	}
	return func() error {
		n, err := c.execute(id, r.Int64N(points)+1)
		return oneRow(n, err)
	}, nil
}

const warmQuestion = "ASK 'point 4711' USING summary = 'off'"

func fixedOp(text string) func(*conn, *rand.Rand) (func() error, error) {
	return func(c *conn, _ *rand.Rand) (func() error, error) {
		return func() error { n, err := c.query(text); return oneRow(n, err) }, nil
	}
}

func oneRow(n int, err error) error {
	if err == nil && n != 1 {
		return fmt.Errorf("%d rows, want 1", n)
	}
	return err
}

func pointText(ctx context.Context, s settings, w *world, rep *report) error {
	if err := pointSelects(ctx, s, w, rep, "PointText", textOp, w.all()); err != nil {
		return err
	}
	return pointSelects(ctx, s, w, rep, "PointTextMaskNotRead", selectOp(unmaskedSQL), []target{w.direct, w.haproxy, w.gated, w.rowPolicy})
}

func pointPrepared(ctx context.Context, s settings, w *world, rep *report) error {
	return pointSelects(ctx, s, w, rep, "PointPrepared", preparedOp, w.all())
}

func pointSelects(ctx context.Context, s settings, w *world, rep *report, name string,
	op func(*conn, *rand.Rand) (func() error, error), peers []target,
) error {
	for _, n := range s.conns {
		before := w.cacheCounts()
		res := newResult(name, fmt.Sprintf("%d connections", n))
		for range s.rounds {
			for _, t := range peers {
				l, err := drive(ctx, t, n, s.slice, op)
				if err != nil {
					return err
				}
				res.add(t.name, l.perSecond, l.p99)
				rep.line(fmt.Sprintf("%s/peer=%s/conns=%d", name, t.name, n), l.ops, 1e9/l.perSecond, fmt.Sprintf("%d p99-ns", l.p99.Nanoseconds()))
			}
		}
		counts := w.cacheCounts().since(before)
		rep.rates(res, "haproxy", &counts)
	}
	return nil
}

// largeResult reads one result of a million rows through every peer; askwire also as the answer to a question, with the
// summary column. The model of the bench answers at once, so its time is as good as none.
func largeResult(ctx context.Context, s settings, w *world, rep *report) error {
	plain := "SELECT id, a, b, c, d, e, f FROM bench.big"
	work := []struct {
		t    target
		name string
		sql  string
	}{
		{w.direct, "direct", plain}, {w.haproxy, "haproxy", plain}, {w.gated, "askwire", plain},
		{w.gated, "askwire-ask", "ASK 'every row of big'"}, {w.handler, "handler", plain},
	}
	res := newResult("Rows", fmt.Sprintf("%d rows × 7 columns", s.bigRows))
	for range s.rounds {
		for _, x := range work {
			c, err := dial(x.t)
			if err != nil {
				return err
			}
			begin := time.Now()
			n, err := c.query(x.sql)
			took := time.Since(begin)
			c.close()
			if err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			if n != s.bigRows {
				return fmt.Errorf("%s: %d rows, want %d", x.name, n, s.bigRows)
			}
			res.add(x.name, took.Seconds(), 0)
			rep.line("Rows/peer="+x.name, 1, float64(took.Nanoseconds()), "")
		}
	}
	rep.times(res, "direct")
	return nil
}

// warmAsk compares a question whose plan is cached with the SQL that it stands for, both through askwire.
func warmAsk(ctx context.Context, s settings, w *world, rep *report) error {
	const id = 4711
	sql := pointSQL + strconv.Itoa(id)
	work := []struct {
		t    target
		name string
		text string
	}{
		{w.gated, "plain", sql},
		{w.audited, "plain, audit_plain all", sql},
		{w.gated, "ask, audit best_effort, summary off", warmQuestion},
		{w.gated, "ask, audit best_effort, summary cached", "ASK 'point 4711'"},
		{w.audited, "ask, audit required, summary off", warmQuestion},
	}
	res := newResult("WarmAsk", "16 connections, point select")
	for range s.rounds {
		for _, x := range work {
			l, err := drive(ctx, x.t, 16, s.slice, fixedOp(x.text))
			if err != nil {
				return err
			}
			res.add(x.name, l.perSecond, l.p99)
			rep.line("WarmAsk/"+x.name, l.ops, 1e9/l.perSecond, fmt.Sprintf("%d p99-ns", l.p99.Nanoseconds()))
		}
	}
	rep.rates(res, "plain", nil)
	return nil
}

// idleSessions measures what an authenticated session that does nothing costs in memory, in an askwire of its own: one that
// has worked before has free memory in which sessions cost nothing.
func idleSessions(ctx context.Context, s settings, w *world, rep *report) error {
	t, _, pid, err := w.askwire(ctx, "best_effort", "off")
	if err != nil {
		return err
	}
	conns := make([]*conn, 0, s.idle)
	defer func() {
		for _, c := range conns {
			c.close()
		}
	}()
	open := func(n int) error {
		for range n {
			c, err := dial(t)
			if err != nil {
				return err
			}
			conns = append(conns, c)
			if _, err := c.query(pointSQL + "1"); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	if err := open(50); err != nil { // with the parts that are made once
		return err
	}
	before, err := residentMemory(pid)
	if err != nil {
		return err
	}
	if err := open(s.idle); err != nil {
		return err
	}
	after, err := residentMemory(pid)
	if err != nil {
		return err
	}
	per := float64(after-before) / float64(s.idle)
	fmt.Printf("\nIdle sessions (%d, each after one statement): %.1f KB each of the process's resident memory, which holds garbage too\n", s.idle, per/1024)
	rep.line("IdleSession", s.idle, 0, fmt.Sprintf("%.0f B/session", per))
	return nil
}

// profiles keeps a processor profile of askwire for each kind of point select: where its share of a statement goes.
func profiles(ctx context.Context, s settings, w *world, _ *report) error {
	for _, x := range []struct {
		name string
		t    target
		op   func(*conn, *rand.Rand) (func() error, error)
	}{{"text", w.gated, textOp}, {"prepared", w.gated, preparedOp}, {"row-policy", w.rowPolicy, textOp}, {"ask", w.gated, fixedOp(warmQuestion)}} {
		path := filepath.Join(s.out, x.name+".pprof")
		got := make(chan error, 1)
		go func() {
			got <- download(strings.Replace(w.gatedMetrics, "/metrics", "/debug/pprof/profile?seconds=6", 1), path)
		}()
		l, err := drive(ctx, x.t, 16, 7*time.Second, x.op)
		if err := errors.Join(err, <-got); err != nil {
			return err
		}
		fmt.Printf("%s: %.0f per second; go tool pprof -top %s %s\n", x.name, l.perSecond, s.askwire, path)
	}
	return nil
}

func download(url, path string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	return errors.Join(err, f.Close())
}
