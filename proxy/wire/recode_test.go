package wire

import (
	"bytes"
	"testing"
)

// TestRecode: whole numbers of a binary row in the widths that the client was told, and all else as it came.
func TestRecode(t *testing.T) {
	r := recoder{
		from: []Column{{Type: MYSQL_TYPE_LONGLONG}, {Type: MYSQL_TYPE_VAR_STRING}, {Type: MYSQL_TYPE_LONG}, {Type: MYSQL_TYPE_LONGLONG}, {Type: MYSQL_TYPE_NEWDECIMAL}, {Type: MYSQL_TYPE_DATE}},
		to:   []Column{{Type: MYSQL_TYPE_LONG}, {Type: MYSQL_TYPE_BLOB}, {Type: MYSQL_TYPE_LONGLONG}, {Type: MYSQL_TYPE_NEWDECIMAL}, {Type: MYSQL_TYPE_TINY}, {Type: MYSQL_TYPE_DATE}},
	}
	if !r.changes() {
		t.Error("nothing changes")
	}
	row := []byte{0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 'a', 'b', 7, 0, 0, 0, 160, 0, 0, 0, 0, 0, 0, 0, 2, '1', '2', 4, 0xea, 7, 1, 2}
	want := []byte{9, 0, 0, 0xfe, 0xff, 0xff, 0xff, 2, 'a', 'b', 7, 0, 0, 0, 0, 0, 0, 0, 3, '1', '6', '0', 12, 4, 0xea, 7, 1, 2}
	if got, err := r.row([]byte{9}, row); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got  %v, %v\nwant %v", got, err, want)
	}
	nulls := []byte{0, 0xfc}
	if got, err := r.row(nil, nulls); err != nil || !bytes.Equal(got, nulls) {
		t.Errorf("a row of NULLs: %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, {0}, row[:12], append(bytes.Clone(row), 0), {0, 0xf8, 0, 0, 0, 0, 0, 0, 1, 0}} { // the last is beyond 32 bits
		if _, err := r.row(nil, bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}
