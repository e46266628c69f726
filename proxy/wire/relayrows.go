package wire

import (
	"encoding/binary"
	"math"

	"github.com/askwire/askwire"
)

// need waits until n unconsumed bytes have arrived. What is queued for the client goes out first, once there are rows in it.
func (rl *relay) need(n int) error {
	for rl.src.rend-rl.src.rpos < n {
		if rl.res.Rows > 0 && (rl.app == nil || !rl.app.holding()) {
			if err := rl.dst.Flush(); err != nil {
				return err
			}
		}
		if err := rl.src.more(n); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// plain passes rows on: it walks over the packets in the read buffer, writes the client's sequence ids into them and sends
// whole runs.
func (rl *relay) plain() error {
	src, dst := rl.src, rl.dst
	for {
		buf, pos, end := src.r, src.rpos, src.rend
		start, want, last := pos, headerSize+1, false
		for end-pos >= headerSize {
			h := binary.LittleEndian.Uint32(buf[pos:])
			n := int(h & 0xffffff)
			if byte(h>>24) != src.seq || n == 0 {
				return garbage("rows out of order")
			}
			if end-pos == headerSize {
				break
			}
			if first := buf[pos+headerSize]; first == errHeader || first == eofHeader && n < 9 {
				last = true
				break
			}
			if n > end-pos-headerSize || n == maxPayload {
				want = headerSize + n
				break
			}
			if rl.res.Rows >= rl.maxRows || rl.res.Bytes+int64(n) > rl.maxBytes {
				last = true
				break
			}
			buf[pos+3] = dst.seq
			dst.seq++
			src.seq++
			rl.res.Rows++
			rl.res.Bytes += int64(n)
			pos += headerSize + n
		}
		src.rpos = pos
		if pos > start {
			if err := dst.writeRaw(buf[start:pos]); err != nil {
				return err
			}
		}
		switch {
		case last:
			return rl.last()
		case want > bulkBuffer:
			if over, err := rl.over(want - headerSize); over || err != nil {
				return err
			}
			if err := rl.big(want-headerSize, nil); err != nil {
				return err
			}
		default:
			if err := rl.need(want); err != nil {
				return err
			}
		}
	}
}

// last handles the packet at the read position, which is no row that may pass: the end, an error, or a row beyond the
// limits.
func (rl *relay) last() error {
	n := int(binary.LittleEndian.Uint32(rl.src.r[rl.src.rpos:]) & 0xffffff)
	first := rl.src.r[rl.src.rpos+headerSize]
	if first != errHeader && (first != eofHeader || n >= 9) {
		_, err := rl.over(n)
		return err
	}
	p, err := rl.src.ReadPacket(maxControlPacket)
	if err != nil {
		return err
	}
	if first == errHeader {
		return rl.serverError(p)
	}
	ok, good := parseEOF(p)
	if !good {
		return garbage("a malformed EOF packet")
	}
	rl.end(ok)
	return rl.dst.WriteEOF(rl.res.Status, rl.res.Warnings)
}

// over ends the answer with ERR when a row of n bytes is one too many.
func (rl *relay) over(n int) (bool, error) {
	err := rl.beyond(n)
	if err == nil {
		return false, nil
	}
	if err := rl.dst.WriteError(err); err != nil {
		return true, err
	}
	rl.told = true
	_ = rl.dst.Flush()
	rl.drain(discardLimit)
	if s, ok := rl.ctx.(*Stopper); ok && rl.b.busy && rl.b.bound() {
		s.Stop(err)
		rl.drain(math.MaxInt)
	}
	return true, err
}

// beyond is the error of a row of n bytes that is one too many, or nil.
func (rl *relay) beyond(n int) error {
	switch {
	case rl.res.Rows >= rl.maxRows:
		return askwire.Errorf(askwire.TooCostly, "The result has more than %d rows.", rl.opt.MaxRows).
			WithHint("Ask for less: the rows received are not the whole result.")
	case rl.res.Bytes+int64(n) > rl.maxBytes:
		return askwire.Errorf(askwire.TooCostly, "The result is larger than %d bytes.", rl.opt.MaxBytes).
			WithHint("Ask for fewer rows or columns: the rows received are not the whole result.")
	}
	return nil
}

// drain reads what is left of the result, at most left bytes. Where the client has got a row too many, that is little and there already
// or nearly so: the guard lets the backend send one row beyond the limit.
func (rl *relay) drain(left int) {
	for left > 0 {
		if rl.src.fill(headerSize) != nil || int(binary.LittleEndian.Uint32(rl.src.r[rl.src.rpos:])&0xffffff) > left {
			return
		}
		p, err := rl.src.ReadPacket(maxQuery)
		if err != nil {
			return
		}
		left -= len(p) + headerSize
		if len(p) > 0 && p[0] == errHeader {
			rl.b.busy = false
			return
		}
		if isEOF(p) {
			ok, _ := parseEOF(p)
			rl.b.busy = ok.Status&SERVER_MORE_RESULTS_EXISTS != 0
			return
		}
	}
}
