package wire

import (
	"bytes"
	"encoding/binary"
)

// appendLenenc appends n as "Protocol::LengthEncodedInteger": 1, 3, 4 or 9 bytes.
func appendLenenc(b []byte, n uint64) []byte {
	switch {
	case n < 251:
		return append(b, byte(n))
	case n < 1<<16:
		return append(b, 0xfc, byte(n), byte(n>>8))
	case n < 1<<24:
		return append(b, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xfe), n)
}

func appendLenencString[T string | []byte](b []byte, s T) []byte {
	return append(appendLenenc(b, uint64(len(s))), s...)
}

// reader walks a payload. A read past the end sets bad and returns zero values, so that a decoder checks once, at its end.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if v := r.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if v := r.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if v := r.take(8); v != nil {
		return binary.LittleEndian.Uint64(v)
	}
	return 0
}

// lenenc reads a length-encoded integer. 0xfb (NULL) and 0xff are not integers.
func (r *reader) lenenc() uint64 {
	switch c := r.byte(); c {
	case 0xfb, 0xff:
		r.b, r.bad = nil, true
		return 0
	case 0xfc:
		return uint64(r.uint16())
	case 0xfd:
		if v := r.take(3); v != nil {
			return uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16
		}
		return 0
	case 0xfe:
		return r.uint64()
	default:
		return uint64(c)
	}
}

func (r *reader) lenencString() []byte {
	n := r.lenenc()
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return nil
	}
	return r.take(int(n))
}

// nulString reads up to a zero byte, which is taken as well.
func (r *reader) nulString() []byte {
	i := bytes.IndexByte(r.b, 0)
	if i < 0 {
		r.b, r.bad = nil, true
		return nil
	}
	v := r.take(i)
	r.take(1)
	return v
}
