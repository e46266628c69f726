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

func fixedOp(text string, want int) func(*conn, *rand.Rand) (func() error, error) {
	return func(c *conn, _ *rand.Rand) (func() error, error) {
		return func() error { n, err := c.query(text); return rows(n, want, err) }, nil
	}
}

func oneRow(n int, err error) error { return rows(n, 1, err) }

func rows(n, want int, err error) error {
	if err == nil && n != want {
		return fmt.Errorf("%d rows, want %d", n, want)
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
				res.addLoad(t.name, l)
				rep.line(fmt.Sprintf("%s/peer=%s/conns=%d", name, t.name, n), l.ops, 1e9/l.perSecond,
					fmt.Sprintf("%d p99-ns %d processor-ns", l.p99.Nanoseconds(), l.processor.Nanoseconds()))
			}
		}
		counts := w.cacheCounts().since(before)
		rep.rates(res, "haproxy", &counts)
	}
	return nil
}

// profiles keeps a processor profile of askwire for each kind of point select: where its share of a statement goes.
func profiles(ctx context.Context, s settings, w *world, _ *report) error {
	for _, x := range []struct {
		name string
		t    target
		op   func(*conn, *rand.Rand) (func() error, error)
	}{{"text", w.gated, textOp}, {"prepared", w.gated, preparedOp}, {"row-policy", w.rowPolicy, textOp}, {"ask", w.gated, fixedOp(warmQuestion, 1)}} {
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
