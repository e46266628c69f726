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

// What COM_STMT_FETCH brings are rows of the execution that opened the cursor.
func TestCursor(t *testing.T) {
	definition := []byte("\x03def\x00\x00\x00\x01n\x00\x0c\x3f\x00\x15\x00\x00\x00\x08\x00\x00\x00\x00\x00")
	end := func(status byte) packet { return packet{payload: []byte{0xfe, 0, 0, status, 0, 0, 0}} }
	row := func(n byte) packet { return packet{payload: []byte{0, 0, n, 0, 0, 0, 0, 0, 0, 0}} }
	d := decoder{caps: clientDeprecateEOF, prepared: map[uint32]*statement{1: {text: "SELECT n"}},
		server: []packet{{payload: []byte{1}}, {payload: definition}, end(0x42), row(7), row(8), end(0x42), row(9), end(0x82)}}
	executed, err := d.exchange([]byte{comStmtExecute, 1, 0, 0, 0, 1, 1, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if e, err := d.exchange([]byte{comStmtFetch, 1, 0, 0, 0, 2, 0, 0, 0}); err != nil || e.Command != "" {
			t.Fatalf("%+v, %v", e, err)
		}
	}
	r := executed.Replies[0]
	if len(executed.Replies) != 1 || !r.Cursor || r.Fetches != 2 || r.Rows.Count != 3 || *r.OK != (OK{Status: 2}) {
		t.Errorf("%+v, rows %+v, %+v", r, r.Rows, r.OK)
	}
	if got, want := printed(r.Rows.First[2]), `"\t\x00\x00\x00\x00\x00\x00\x00" `; got != want {
		t.Errorf("the last row is %s, want %s", got, want)
	}
	if len(d.server) > 0 {
		t.Errorf("%d packets are left", len(d.server))
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
