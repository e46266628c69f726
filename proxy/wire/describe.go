package wire

import (
	"context"

	"github.com/askwire/askwire"
)

// Described is what an answer says of itself.
type Described struct {
	Columns []Column
	First   askwire.Sample // the first row as text
	Cursor  bool           // a cursor was opened: there are no rows yet
	Status  Status         // at the end
}

// Describe takes the answer to a Query, or to an Execute of p, for its definitions and the first of its rows; other rows are thrown away. The
// server's own error comes as *ServerError.
func (b *Backend) Describe(ctx context.Context, p *Prepared) (Described, error) {
	defer b.unwatch(b.watch(ctx))
	b.c.bulkRead()
	head, err := b.answer(ctx)
	if err != nil {
		return Described{}, err
	}
	r := reader{b: head}
	n := r.lenenc()
	if head[0] == localFileHeader || r.bad || n == 0 || n > maxColumns {
		return Described{}, b.lost(garbage("an answer without definitions"))
	}
	d := Described{}
	var end OK
	if d.Columns, end, err = b.definitionsEnd(ctx, int(n)); err != nil {
		return Described{}, err
	}
	if d.Cursor = p != nil && p.own && end.Status&SERVER_STATUS_CURSOR_EXISTS != 0; d.Cursor {
		p.open, b.busy, d.Status = true, false, end.Status
		return d, nil
	}
	s := newSampler(d.Columns, p != nil)
	end, complete, err := b.collectRows(ctx, s, 1, describedRow)
	if err != nil {
		return Described{}, err
	}
	d.Status = end.Status
	b.busy = b.broken // what is left unread is killed by Put
	d.First = s.finish(complete)
	return d, nil
}

const describedRow = 64 << 10 // bytes of the first row
