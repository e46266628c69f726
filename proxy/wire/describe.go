package wire

import (
	"context"

	"github.com/askwire/askwire"
)

// Describe takes the answer to a Query for its definitions, and the first of its rows as text; other rows are thrown away. The
// server's own error comes as *ServerError.
func (b *Backend) Describe(ctx context.Context) ([]Column, askwire.Sample, error) {
	defer b.unwatch(b.watch(ctx))
	b.c.bulkRead()
	p, err := b.answer(ctx)
	if err != nil {
		return nil, askwire.Sample{}, err
	}
	head := reader{b: p}
	n := head.lenenc()
	if p[0] == localFileHeader || head.bad || n == 0 || n > maxColumns {
		return nil, askwire.Sample{}, b.lost(garbage("an answer without definitions"))
	}
	columns, err := b.definitions(ctx, int(n))
	if err != nil {
		return nil, askwire.Sample{}, err
	}
	s := newSampler(columns, false)
	_, complete, err := b.collectRows(ctx, s, 1, describedRow)
	if err != nil {
		return nil, askwire.Sample{}, err
	}
	b.busy = b.broken // what is left unread is killed by Put
	return columns, s.finish(complete), nil
}

const describedRow = 64 << 10 // bytes of the first row
