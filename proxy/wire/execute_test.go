package wire

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// A payload of COM_STMT_EXECUTE for two parameters, TINY 7 and VAR_STRING "ab", as a client sends it first …
var firstExecute = []byte{0, 1, 0, 0, 0, 0x00, 1, 1, 0, 0xfd, 0, 7, 2, 'a', 'b'}

// … and again, without types and with the first one NULL.
var nextExecute = []byte{0, 1, 0, 0, 0, 0x01, 0, 3, 'x', 'y', 'z'}

func TestParseExecute(t *testing.T) {
	p := NewParams(2)
	if _, err := p.ParseExecute(nextExecute); askwire.CodeOf(err) != askwire.BadPacket {
		t.Errorf("without types: %v", err)
	}
	first, err := p.ParseExecute(firstExecute)
	want := Execute{Args: []Arg{{MYSQL_TYPE_TINY, false, []byte{7}}, {MYSQL_TYPE_VAR_STRING, false, []byte("ab")}}}
	if err != nil || !reflect.DeepEqual(first, want) {
		t.Errorf("first: %+v, %v", first, err)
	}
	first.Args = slices.Clone(first.Args)
	next, err := p.ParseExecute(nextExecute)
	want = Execute{Args: []Arg{{MYSQL_TYPE_TINY, false, nil}, {MYSQL_TYPE_VAR_STRING, false, []byte("xyz")}}}
	if err != nil || !reflect.DeepEqual(next, want) {
		t.Errorf("types remembered: %+v, %v", next, err)
	}
	if got := next.Args[0].Text(); got.Kind != askwire.Null {
		t.Errorf("NULL is %+v", got)
	}
	if got := first.Args[0].Text(); got != (askwire.Value{Kind: askwire.Int, Text: "7"}) {
		t.Errorf("7 is %+v", got)
	}
	// What is sent on has the types every time.
	if got, want := appendExecute(nil, 9, first), append([]byte{0x17, 9, 0, 0, 0}, firstExecute...); !bytes.Equal(got, want) {
		t.Errorf("sent %x, want %x", got, want)
	}
	again := NewParams(2)
	if back, err := again.ParseExecute(appendExecute(nil, 9, next)[5:]); err != nil || !reflect.DeepEqual(back, next) {
		t.Errorf("sent and read again: %+v, %v", back, err)
	}
}

func TestLongData(t *testing.T) {
	p := NewParams(2)
	for _, piece := range []string{"한", "국", ""} {
		if err := p.LongData(append([]byte{1, 0}, piece...), 10); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.LongData([]byte("\x00\x00too much"), 10); askwire.CodeOf(err) != askwire.PacketTooLarge {
		t.Errorf("over the limit: %v", err)
	}
	if err := p.LongData([]byte{2, 0, 1}, 10); askwire.CodeOf(err) != askwire.WrongArguments {
		t.Errorf("no such parameter: %v", err)
	}
	if err := p.LongData([]byte{2}, 10); err == nil {
		t.Error("a truncated command was taken")
	}
	// The parameter sent ahead has no value in the packet.
	e, err := p.ParseExecute([]byte{0, 1, 0, 0, 0, 0x00, 1, 1, 0, 0xfc, 0, 7})
	if err != nil || string(e.Args[1].Value) != "한국" || e.Args[0].Value[0] != 7 {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err = p.ParseExecute(firstExecute); err != nil || string(e.Args[1].Value) != "ab" {
		t.Errorf("long data was not forgotten: %+v, %v", e, err)
	}
}

// Arguments of every kind arrive as they do directly, through drivers that send types once and long data ahead.
func TestPreparedArguments(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		p := newMiniProxy(t, PoolConfig{Backend: backendOf(t, s.DSN), Size: 2}, 0)
		direct := s.DB(t)
		through := p.db(t, "maxAllowedPacket=2000")
		const query = "SELECT ?, ?, ?, ?, ?, ?, ?, ?, HEX(?)"
		stmt, err := through.Prepare(query)
		if err != nil {
			t.Fatal(err)
		}
		when := time.Date(2026, 11, 22, 1, 2, 3, 456000000, time.UTC)
		for i, args := range [][]any{
			{int64(-1), uint64(1<<64 - 1), 1.5, "text", []byte("bytes"), true, when, nil, "x"},
			{nil, nil, nil, nil, nil, nil, nil, nil, nil},
			{int64(7), uint64(0), -0.25, "", []byte{}, false, time.Time{}, "late", strings.Repeat("한", 500)},
			{int64(1), int64(2), int64(3), int64(4), int64(5), int64(6), int64(7), int64(8), strings.Repeat("long", 1000)},
		} {
			if s.Kind == engine.TiDB { // it runs off a slice when a statement is executed again with values after NULLs
				if stmt, err = through.Prepare(fmt.Sprint(query, " /* ", i, " */")); err != nil {
					t.Fatal(err)
				}
			}
			_, want, err := tryRows(direct, query, args...)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := stmt.Query(args...)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]string
			for rows.Next() {
				values := make([]any, 9)
				for i := range values {
					values[i] = new(any)
				}
				if err := rows.Scan(values...); err != nil {
					t.Fatal(err)
				}
				r := make([]string, 9)
				for i := range values {
					switch v := (*values[i].(*any)).(type) {
					case nil:
						r[i] = "NULL"
					case []byte:
						r[i] = "'" + string(v) + "'"
					default:
						r[i] = fmt.Sprintf("%T %v", v, v)
					}
				}
				got = append(got, r)
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("arguments %d:\ngot  %.1000s\nwant %.1000s", i, fmt.Sprint(got), fmt.Sprint(want))
			}
		}
	})
}

// A connection keeps its prepared statements, up to a bound, and finds them again.
func TestPreparedAreKept(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	cfg := backendOf(t, s.DSN)
	b, err := dialBackend(t.Context(), &cfg, cfg.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	first, err := b.Prepare(t.Context(), admitted("SELECT 0"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Prepare(t.Context(), admitted("SELECT 0")); err != nil || again != first {
		t.Errorf("prepared twice: %v", err)
	}
	for i := range 2 * maxPrepared {
		p, err := b.Prepare(t.Context(), admitted(fmt.Sprintf("SELECT %d, ?", i)))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Params) != 1 || len(p.Columns) != 2 {
			t.Fatalf("%d parameters, %d columns", len(p.Params), len(p.Columns))
		}
	}
	if len(b.prepared) != maxPrepared || b.recent.Len() != maxPrepared {
		t.Errorf("%d kept", len(b.prepared))
	}
	var count string
	if err := b.Query(admitted("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'COM_STMT_CLOSE'")); err != nil {
		t.Fatal(err)
	}
	sample, _, err := b.Collect(t.Context(), 1, 1000)
	if err != nil || len(sample.Rows) != 1 {
		t.Fatal(sample, err)
	}
	if count = *sample.Rows[0][0]; count != fmt.Sprint(maxPrepared+1) {
		t.Errorf("the server closed %s statements", count)
	}
	if err := b.Execute(first, Execute{Args: []Arg{{}}}); askwire.CodeOf(err) != askwire.UnknownStatement {
		t.Errorf("wrong number of arguments: %v", err)
	}
	if err := b.Reset(t.Context()); err != nil || len(b.prepared) != 0 || b.Pinned != nil {
		t.Errorf("reset: %v", err)
	}
	if _, err := b.Prepare(t.Context(), admitted("SELECT 1, ?")); err != nil {
		t.Errorf("after the reset: %v", err)
	}
	_, err = b.Prepare(t.Context(), admitted("SELEC"))
	if e, ok := IsServerError(err); !ok || e.Number != 1064 || e.State != "42000" || !b.Usable() {
		t.Errorf("syntax error: %v, usable %v", err, b.Usable())
	}
}
