package wire

import (
	"encoding/binary"

	"github.com/askwire/askwire"
)

// big passes on a row that is larger than the read buffer, without holding it. Its first packet, of n bytes, is at the read
// position. A row that gains bytes is cut anew at 16,777,215 bytes.
func (rl *relay) big(n int, edit *rowEdit) error {
	src := rl.src
	src.rpos += headerSize
	src.seq++
	var carry, suffix []byte // bytes to send before, and after, those still to come
	left := n
	if edit != nil {
		k := edit.headLength
		if k > n {
			return garbage("a row that is too short")
		}
		if err := rl.need(k); err != nil {
			return err
		}
		carry = edit.head(src.r[src.rpos : src.rpos+k])
		suffix = edit.suffix
		src.rpos += k
		left -= k
	}
	rl.res.Rows++
	rl.torn = true
	for {
		rl.res.Bytes += int64(n)
		final := n < maxPayload
		have := len(carry) + left
		if final {
			have += len(suffix)
		}
		for have >= maxPayload || final {
			size := min(have, maxPayload)
			var err error
			if carry, suffix, left, err = rl.piece(size, carry, suffix, left); err != nil {
				return err
			}
			if have -= size; final && size < maxPayload {
				rl.torn = false
				return nil
			}
		}
		// What is left of this packet, at most a byte, begins the next one.
		if err := rl.need(left); err != nil {
			return err
		}
		carry = append(append([]byte(nil), carry...), src.r[src.rpos:src.rpos+left]...)
		src.rpos += left
		if err := rl.need(headerSize); err != nil {
			return err
		}
		h := binary.LittleEndian.Uint32(src.r[src.rpos:])
		if byte(h>>24) != src.seq {
			return garbage("rows out of order")
		}
		n = int(h & 0xffffff)
		left = n
		src.rpos += headerSize
		src.seq++
		if rl.res.Bytes+int64(n) > rl.maxBytes {
			return askwire.Errorf(askwire.TooCostly, "The result is larger than %d bytes.", rl.maxBytes).
				WithHint("Ask for fewer rows or columns.")
		}
	}
}

// piece writes one packet of size bytes: from carry, then from the backend as long as there are bytes left in its packet,
// then from suffix.
func (rl *relay) piece(size int, carry, suffix []byte, left int) ([]byte, []byte, int, error) {
	src, dst := rl.src, rl.dst
	var h [headerSize]byte
	binary.LittleEndian.PutUint32(h[:], uint32(size)|uint32(dst.seq)<<24)
	dst.seq++
	if err := dst.writeRaw(h[:]); err != nil {
		return nil, nil, 0, err
	}
	k := min(size, len(carry))
	if err := dst.writeRaw(carry[:k]); err != nil {
		return nil, nil, 0, err
	}
	carry, size = carry[k:], size-k
	for size > 0 && left > 0 {
		if err := rl.need(1); err != nil {
			return nil, nil, 0, err
		}
		k := min(size, left, src.rend-src.rpos)
		if err := dst.writeRaw(src.r[src.rpos : src.rpos+k]); err != nil {
			return nil, nil, 0, err
		}
		src.rpos += k
		size, left = size-k, left-k
	}
	if err := dst.writeRaw(suffix[:size]); err != nil {
		return nil, nil, 0, err
	}
	return carry, suffix[size:], left, nil
}
