package main

import (
	"context"
	"fmt"
)

// largeResult reads one result of a million rows through every peer, in the text and the binary protocol; askwire also as the
// answer to a question, with the summary column. The model of the bench answers at once, so its time is as good as none.
func largeResult(ctx context.Context, s settings, w *world, rep *report) error {
	const plain = "SELECT id, a, b, c, d, e, f FROM bench.big"
	work := []struct {
		t      target
		name   string
		sql    string
		binary bool
	}{
		{w.direct, "direct", plain, false}, {w.haproxy, "haproxy", plain, false}, {w.gated, "askwire", plain, false},
		{w.gated, "askwire-ask", "ASK 'every row of big'", false}, {w.handler, "handler", plain, false},
		{w.direct, "direct", plain, true}, {w.haproxy, "haproxy", plain, true}, {w.gated, "askwire", plain, true},
		{w.gated, "askwire-ask", "ASK 'every row of big'", true}, {w.handler, "handler", plain, true},
	}
	var before int64
	res := map[bool]*result{
		false: newResult("Rows", fmt.Sprintf("%d rows × 7 columns, text protocol", s.bigRows)),
		true:  newResult("RowsBinary", fmt.Sprintf("%d rows × 7 columns, binary protocol", s.bigRows)),
	}
	for round := range s.rounds + 1 {
		if round == 1 { // the first one is everybody's warm-up
			var err error
			if before, err = startPeak(w.gatedPID); err != nil {
				return err
			}
		}
		for _, x := range work {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, l, err := read(x.t, x.sql, x.binary)
			if err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			if n != s.bigRows {
				return fmt.Errorf("%s: %d rows, want %d", x.name, n, s.bigRows)
			}
			if round == 0 {
				continue
			}
			res[x.binary].add(x.name, l)
			rep.load(res[x.binary].name+"/peer="+x.name, l)
		}
	}
	rep.times(res[false], "haproxy")
	rep.times(res[true], "haproxy")
	peak, err := peakMemory(w.gatedPID)
	if err != nil {
		return err
	}
	fmt.Printf("resident memory of askwire: %.1f MB before, %.1f MB at most while the rows went through\n", float64(before)/1e6, float64(peak)/1e6)
	rep.line("RowsMemory", s.rounds, 0, fmt.Sprintf("%d B/growth", peak-before))
	return nil
}

// read takes one result, as COM_QUERY or prepared, and says how many rows it had and what it took.
func read(t target, sql string, binary bool) (int, load, error) {
	c, err := dial(t)
	if err != nil {
		return 0, load{}, err
	}
	defer c.close()
	take := func() (int, error) { return c.query(sql) }
	if binary {
		id, err := c.prepare(sql)
		if err != nil {
			return 0, load{}, err
		}
		take = func() (int, error) { return c.executeAll(id) }
	}
	m := startMeter(t)
	n, err := take()
	return n, m.load(nil, 1), err
}
