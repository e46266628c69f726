package wire

import (
	"encoding/binary"
	"math"
	"strconv"
)

// appendText appends a value of the binary protocol as the text protocol prints it.
func appendText(b []byte, d *Column, v []byte) []byte {
	switch d.Type {
	case MYSQL_TYPE_TINY:
		return appendInt(b, d, uint64(v[0]), int64(int8(v[0])))
	case MYSQL_TYPE_SHORT:
		n := binary.LittleEndian.Uint16(v)
		return appendInt(b, d, uint64(n), int64(int16(n)))
	case MYSQL_TYPE_YEAR:
		return appendPadded(b, uint64(binary.LittleEndian.Uint16(v)), 4)
	case MYSQL_TYPE_LONG, MYSQL_TYPE_INT24:
		n := binary.LittleEndian.Uint32(v)
		return appendInt(b, d, uint64(n), int64(int32(n)))
	case MYSQL_TYPE_LONGLONG:
		n := binary.LittleEndian.Uint64(v)
		return appendInt(b, d, n, int64(n))
	case MYSQL_TYPE_FLOAT:
		return appendFloat(b, d, sixDigits(math.Float32frombits(binary.LittleEndian.Uint32(v))))
	case MYSQL_TYPE_DOUBLE:
		return appendFloat(b, d, math.Float64frombits(binary.LittleEndian.Uint64(v)))
	case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE:
		return appendDate(b, v)
	case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP:
		return appendDateTime(b, d, v)
	case MYSQL_TYPE_TIME:
		return appendTime(b, d, v)
	}
	return append(b, v...)
}

func appendInt(b []byte, d *Column, u uint64, i int64) []byte {
	switch {
	case d.Flags&ZEROFILL_FLAG != 0:
		return appendPadded(b, u, int(min(d.Length, 255)))
	case d.Unsigned():
		return strconv.AppendUint(b, u, 10)
	}
	return strconv.AppendInt(b, i, 10)
}

// appendFloat prints as the server does: the column's decimals when it has them (31 = none), else the shortest text that
// reads back as the same value, with an exponent from 1e15 on and below 1e-15.
func appendFloat(b []byte, d *Column, f float64) []byte {
	if d.Decimals > 0 && d.Decimals < 31 {
		return strconv.AppendFloat(b, f, 'f', int(d.Decimals), 64)
	}
	if a := math.Abs(f); a != 0 && (a >= 1e15 || a < 1e-15) {
		at := len(b)
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		return shortExponent(b, at)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// sixDigits rounds a FLOAT to what MySQL and MariaDB print of it: FLT_DIG digits.
func sixDigits(f float32) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', 6, 64), 64)
	if err != nil {
		return float64(f)
	}
	return rounded
}

// shortExponent turns Go's 1e+20 and 1e-07 into the server's 1e20 and 1e-7.
func shortExponent(b []byte, from int) []byte {
	for i := from; i < len(b); i++ {
		if b[i] != 'e' {
			continue
		}
		rest := append([]byte(nil), b[i+1:]...)
		b = b[:i+1]
		if len(rest) > 0 && rest[0] == '-' {
			b = append(b, '-')
		}
		if len(rest) > 0 {
			rest = rest[1:]
		}
		for len(rest) > 1 && rest[0] == '0' {
			rest = rest[1:]
		}
		return append(b, rest...)
	}
	return b
}

func appendPadded(b []byte, n uint64, width int) []byte {
	digits := 1
	for m := n; m >= 10; m /= 10 {
		digits++
	}
	for ; digits < width; digits++ {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, n, 10)
}

// appendDate reads 0 or ≥ 4 bytes: year (2), month, day.
func appendDate(b, v []byte) []byte {
	if len(v) < 4 {
		return append(b, "0000-00-00"...)
	}
	b = appendPadded(b, uint64(binary.LittleEndian.Uint16(v)), 4)
	b = appendPadded(append(b, '-'), uint64(v[2]), 2)
	return appendPadded(append(b, '-'), uint64(v[3]), 2)
}

// appendDateTime reads 0, 4, 7 (hour, minute, second) or 11 bytes (microseconds).
func appendDateTime(b []byte, d *Column, v []byte) []byte {
	b = appendDate(b, v)
	var clock [3]byte
	if len(v) >= 7 {
		copy(clock[:], v[4:7])
	}
	b = appendClock(append(b, ' '), uint64(clock[0]), clock[1], clock[2])
	return appendMicros(b, d, v, 7)
}

// appendTime reads 0, 8 (sign, days (4), hour, minute, second) or 12 bytes (microseconds).
func appendTime(b []byte, d *Column, v []byte) []byte {
	if len(v) < 8 {
		return appendMicros(append(b, "00:00:00"...), d, nil, 8)
	}
	if v[0] != 0 {
		b = append(b, '-')
	}
	hours := uint64(binary.LittleEndian.Uint32(v[1:]))*24 + uint64(v[5])
	b = appendClock(b, hours, v[6], v[7])
	return appendMicros(b, d, v, 8)
}

func appendClock(b []byte, h uint64, m, s byte) []byte {
	b = appendPadded(b, h, 2)
	b = appendPadded(append(b, ':'), uint64(m), 2)
	return appendPadded(append(b, ':'), uint64(s), 2)
}

// appendMicros prints as many decimals as the column has; an argument, which has no column, prints what is there.
func appendMicros(b []byte, d *Column, v []byte, at int) []byte {
	var micros uint64
	if len(v) >= at+4 {
		micros = uint64(binary.LittleEndian.Uint32(v[at:]))
	}
	places := int(d.Decimals)
	if places > 6 || places == 0 {
		if micros == 0 {
			return b
		}
		places = 6
	}
	digits := appendPadded(nil, micros%1e6, 6)
	return append(append(b, '.'), digits[:places]...)
}
