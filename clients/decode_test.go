package clients

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
)

func printed(values []*string) string {
	out := ""
	for _, v := range values {
		if v == nil {
			out += "NULL "
		} else {
			out += fmt.Sprintf("%q ", *v)
		}
	}
	return out
}

func TestRowValues(t *testing.T) {
	columns := []Column{{Type: 0x03}, {Type: 0xfd}, {Type: 0x0c}, {Type: 0x05}, {Type: 0x01}, {Type: 0x08}, {Type: 0xfd}}
	// 0x00, the bitmap of 7 columns (2 bytes: the first and the last are NULL), "ab", a date of 4 bytes, a double, a tiny, a bigint
	row := "00" + "0401" + "026162" + "04ea070101" + "0000000000000440" + "ff" + "0100000000000000"
	p, err := hex.DecodeString(row)
	if err != nil {
		t.Fatal(err)
	}
	values, err := rowValues(p, columns, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := printed(values), `NULL "ab" "\xea\a\x01\x01" "\x00\x00\x00\x00\x00\x00\x04@" "\xff" "\x01\x00\x00\x00\x00\x00\x00\x00" NULL `; got != want {
		t.Errorf("binary: %s, want %s", got, want)
	}
	if _, err := rowValues(append(p, 0), columns, true); err == nil {
		t.Error("a byte too much is not noticed")
	}
	if _, err := rowValues(p[:len(p)-1], columns, true); err == nil {
		t.Error("a byte too few is not noticed")
	}
	values, err = rowValues([]byte{2, 'a', 'b', 0xfb, 0}, columns[:3], false)
	if got := printed(values); err != nil || got != `"ab" NULL "" ` {
		t.Errorf("text: %s, %v", got, err)
	}
}

func TestSplitPackets(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 0xffffff)
	stream := append([]byte{0xff, 0xff, 0xff, 0}, long...)
	stream = append(stream, 1, 0, 0, 1, 9)          // the rest of the packet before
	stream = append(stream, 2, 0, 0, 0, 1, 2)       // another one
	stream = append(stream, 5, 0, 0, 0, 1, 2, 3, 4) // cut
	all := splitPackets(stream)
	if len(all) != 2 || len(all[0].payload) != 0x1000000 || all[0].payload[0xffffff] != 9 || !bytes.Equal(all[1].payload, []byte{1, 2}) {
		t.Errorf("%d packets", len(all))
	}
}

func TestWithoutTLS(t *testing.T) {
	greeting := append([]byte{0x4a, 0, 0, 0, 10}, "10.11.14-MariaDB\x00"...)
	greeting = append(greeting, 1, 0, 0, 0)                 // id
	greeting = append(greeting, "challeng\x00"...)          // and filler
	greeting = append(greeting, 0xfe, 0xff, 45, 2, 0, 1, 2) // flags, collation, status, upper flags
	want := bytes.Clone(greeting)
	want[len(want)-6] &^= 0x08
	if withoutTLS(greeting); !bytes.Equal(greeting, want) {
		t.Errorf("% x\nwant\n% x", greeting, want)
	}
}
