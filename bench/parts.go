package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
)

const points = 100_000 // rows of the table of point selects; ids are uniformly random

const pointSQL = "SELECT id, k, c, phone FROM bench.points WHERE id = "

// unmaskedSQL leaves the masked column out: the engine's own work for the mask is part of the difference between the two.
const unmaskedSQL = "SELECT id, k, c FROM bench.points WHERE id = "

// thousandSQL is the SQL of the question "a thousand rows".
const thousandSQL = "SELECT id, a, b, c, d, e, f FROM bench.big WHERE id <= 1000"

// operation makes what one connection does over and over.
type operation func(*conn, *rand.Rand) (func() error, error)

// selectOp selects by an id, which stands for each ? of the statement.
func selectOp(sql string) operation {
	parts := strings.Split(sql, "?")
	return func(c *conn, r *rand.Rand) (func() error, error) {
		b := make([]byte, 0, 1024)
		return func() error {
			id := r.Int64N(points) + 1
			b = append(b[:0], parts[0]...)
			for _, p := range parts[1:] {
				b = append(strconv.AppendInt(b, id, 10), p...)
			}
			n, err := c.query(string(b))
			return oneRow(n, err)
		}, nil
	}
}

// preparedOp is selectOp in the binary protocol.
func preparedOp(sql string) operation {
	params := strings.Count(sql, "?")
	return func(c *conn, r *rand.Rand) (func() error, error) {
		id, err := c.prepare(sql)
		if err != nil {
			return nil, err
		}
		return func() error {
			n, err := c.execute(id, r.Int64N(points)+1, params)
			return oneRow(n, err)
		}, nil
	}
}

const warmQuestion = "ASK 'point 4711' USING summary = 'off'"

func fixedOp(text string, want int) operation {
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
	if err := pointSelects(ctx, s, w, rep, "PointText", pointSQL+"?", selectOp); err != nil {
		return err
	}
	return pointSelects(ctx, s, w, rep, "PointTextMaskNotRead", unmaskedSQL+"?", selectOp)
}

func pointPrepared(ctx context.Context, s settings, w *world, rep *report) error {
	return pointSelects(ctx, s, w, rep, "PointPrepared", pointSQL+"?", preparedOp)
}

// pointSelects runs a statement through every peer. A mask and a row policy make the server work more, so the texts that
// askwire sends go through HAProxy as well: beside those stands what askwire itself costs.
func pointSelects(ctx context.Context, s settings, w *world, rep *report, name, sql string, op func(sql string) operation) error {
	type peer struct {
		t    target
		name string
		op   operation
	}
	peers := []peer{{w.direct, "direct", op(sql)}, {w.haproxy, "haproxy", op(sql)}}
	same := map[string]string{}
	for _, t := range []target{w.gated, w.rowPolicy} {
		text, err := w.sent(ctx, t, sql)
		if err != nil {
			return err
		}
		same[t.name] = "haproxy, text of " + t.name
		peers = append(peers, peer{t, t.name, op(sql)}, peer{w.haproxy, same[t.name], op(text)})
	}
	peers = append(peers, peer{w.handler, "handler", op(sql)})
	if s.before != "" {
		peers = []peer{{w.haproxy, "haproxy", op(sql)}, {w.gated, w.gated.name, op(sql)}, {w.before, w.before.name, op(sql)}}
	}
	for _, n := range s.conns {
		before := w.cacheCounts()
		res := newResult(name, fmt.Sprintf("%d connections", n))
		res.same = same
		for range s.rounds {
			for _, p := range peers {
				l, err := drive(ctx, p.t, n, s.slice, p.op)
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				res.add(p.name, l)
				rep.load(fmt.Sprintf("%s/peer=%s/conns=%d", name, p.name, n), l)
			}
		}
		counts := w.cacheCounts().since(before)
		rep.rates(res, "haproxy", &counts)
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
