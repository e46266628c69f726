package wire

import (
	"context"

	"github.com/askwire/askwire"
)

// Collect takes the answer to a Query into memory, as text: at most maxRows rows and maxBytes bytes; Complete says whether
// that was all. What is beyond is read and thrown away if it is little, else the connection stays busy. The server's own
// error comes as *ServerError.
func (b *Backend) Collect(ctx context.Context, maxRows int, maxBytes int64) (askwire.Sample, OK, error) {
	return b.collect(ctx, maxRows, maxBytes, false)
}

// CollectBinary is Collect for the answer to an Execute.
func (b *Backend) CollectBinary(ctx context.Context, maxRows int, maxBytes int64) (askwire.Sample, OK, error) {
	return b.collect(ctx, maxRows, maxBytes, true)
}

const discardLimit = 1 << 20 // bytes of unwanted rows that are cheaper to read than a new connection is to make

func (b *Backend) collect(ctx context.Context, maxRows int, maxBytes int64, binaryRows bool) (askwire.Sample, OK, error) {
	defer b.unwatch(b.watch(ctx))
	b.c.bulkRead()
	var out askwire.Sample
	var end OK
	for first := true; ; first = false {
		p, err := b.answer(ctx)
		if err != nil {
			return out, OK{}, err
		}
		var ok bool
		switch p[0] {
		case okHeader:
			if end, ok = parseOK(p); !ok {
				return out, OK{}, b.lost(garbage("a malformed OK packet"))
			}
			out.Complete = out.Complete || first
		case localFileHeader:
			return out, OK{}, b.lost(garbage("a LOCAL INFILE request"))
		default:
			head := reader{b: p}
			n := head.lenenc()
			if head.bad || n == 0 || n > maxColumns {
				return out, OK{}, b.lost(garbage("a malformed column count"))
			}
			columns, err := b.definitions(ctx, int(n))
			if err != nil {
				return out, OK{}, err
			}
			s := newSampler(columns, binaryRows)
			var complete bool
			if end, complete, err = b.collectRows(ctx, s, maxRows, maxBytes); err != nil {
				return out, OK{}, err
			}
			if first {
				out = s.finish(complete)
			}
		}
		if end.Status&SERVER_MORE_RESULTS_EXISTS == 0 {
			b.busy = b.broken // what is left unread is killed by Put
			return out, end, nil
		}
	}
}

func (b *Backend) collectRows(ctx context.Context, s *sampler, maxRows int, maxBytes int64) (end OK, complete bool, err error) {
	var size, unwanted int64
	for complete = true; ; {
		p, err := b.c.ReadPacket(maxQuery)
		if err != nil {
			return OK{}, false, b.stopped(ctx, err)
		}
		switch {
		case len(p) == 0:
			return OK{}, false, b.lost(garbage("an empty row"))
		case p[0] == errHeader:
			b.busy = false
			return OK{}, false, parseERR(p)
		case isEOF(p):
			end, ok := parseEOF(p)
			if !ok {
				return OK{}, false, b.lost(garbage("a malformed EOF packet"))
			}
			return end, complete, nil
		}
		if complete && s.rows < maxRows && size+int64(len(p)) <= maxBytes {
			size += int64(len(p))
			if err := s.add(p); err != nil {
				return OK{}, false, b.lost(err)
			}
			continue
		}
		complete = false
		if unwanted += int64(len(p)); unwanted > discardLimit {
			b.broken = true
			return OK{}, false, nil
		}
	}
}
