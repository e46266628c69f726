package wire

import "context"

// Describe takes the answer to a Query for its definitions; rows are thrown away. The server's own error comes as
// *ServerError.
func (b *Backend) Describe(ctx context.Context) ([]Column, error) {
	defer b.unwatch(b.watch(ctx))
	b.c.bulkRead()
	p, err := b.answer(ctx)
	if err != nil {
		return nil, err
	}
	head := reader{b: p}
	n := head.lenenc()
	if p[0] == localFileHeader || head.bad || n == 0 || n > maxColumns {
		return nil, b.lost(garbage("an answer without definitions"))
	}
	columns, err := b.definitions(ctx, int(n))
	if err != nil {
		return nil, err
	}
	if _, _, err = b.collectRows(ctx, newSampler(columns, false), 0, 0); err != nil {
		return nil, err
	}
	b.busy = b.broken // what is left unread is killed by Put
	return columns, nil
}
