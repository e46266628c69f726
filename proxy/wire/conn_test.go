package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// Payloads around the lengths where packets are cut arrive whole, with every sequence id in its place.
func TestPacketsAreCutAndJoined(t *testing.T) {
	for _, n := range []int{1, idleBuffer, bulkBuffer - 4, bulkBuffer, maxPayload - 1, maxPayload, maxPayload + 1, 2 * maxPayload, 2*maxPayload + 7} {
		payload := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
		back := &replay{in: bytes.NewReader(nil)}
		w := NewConn(back)
		w.seq = 250
		if err := errors.Join(w.WritePacket([]byte("before")), w.WritePacket(payload), w.WritePacket([]byte("after")), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if packets := 2 + n/maxPayload + 1; w.seq != byte(250+packets) || back.out.Len() != n+11+4*packets {
			t.Errorf("%d bytes: sequence %d, %d bytes written", n, w.seq, back.out.Len())
		}
		r := NewConn(&replay{in: bytes.NewReader(back.out.Bytes())})
		r.seq = 250
		for _, want := range [][]byte{[]byte("before"), payload, []byte("after")} {
			if got, err := r.ReadPacket(3 * maxPayload); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: got %d bytes, %v", n, len(got), err)
			}
		}
		if _, err := r.ReadPacket(10); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
		r = NewConn(&replay{in: bytes.NewReader(back.out.Bytes())})
		r.seq = 250
		_, _ = r.ReadPacket(n)
		if n > 6 {
			if _, err := r.ReadPacket(n - 1); askwire.CodeOf(err) != askwire.PacketTooLarge {
				t.Errorf("%d bytes, limit %d: %v", n, n-1, err)
			}
		}
	}
}

// Memory for a packet grows with what has arrived, not with what was announced.
func TestAnnouncedLengthIsNotAllocated(t *testing.T) {
	c := NewConn(&replay{in: bytes.NewReader(append([]byte{0xfe, 0xff, 0xff, 0}, make([]byte, 100)...))})
	if _, err := c.ReadPacket(1 << 30); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("err = %v", err)
	}
	if len(c.r) > idleBuffer {
		t.Errorf("a buffer of %d bytes for 104", len(c.r))
	}
}

func TestBudget(t *testing.T) {
	c := NewConn(&replay{in: bytes.NewReader(bytes.Repeat([]byte{1, 0, 0, 0, 'x'}, 1000))})
	c.SetBudget(100)
	n := 0
	var err error
	for ; err == nil; n++ {
		c.seq = 0
		_, err = c.ReadPacket(10)
	}
	if n != 21 || askwire.CodeOf(err) != askwire.PacketTooLarge {
		t.Errorf("%d packets, then %v", n-1, err)
	}
}

func TestReadCommand(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	var in bytes.Buffer
	back := &replay{in: bytes.NewReader(nil)}
	w := NewConn(back)
	for _, p := range []string{"\x03SELECT 1", "\x0e", "\x03" + long, "\x03SELECT 2"} {
		w.seq = 0
		if err := errors.Join(w.WritePacket([]byte(p)), w.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	in.Write(back.out.Bytes())
	in.Write([]byte{0, 0, 0, 0})
	c := NewConn(&replay{in: bytes.NewReader(in.Bytes())})
	for _, want := range []struct {
		cmd Command
		arg string
	}{{COM_QUERY, "SELECT 1"}, {COM_PING, ""}, {COM_QUERY, long}, {COM_QUERY, "SELECT 2"}} {
		cmd, arg, err := c.ReadCommand(1 << 20)
		if err != nil || cmd != want.cmd || string(arg) != want.arg {
			t.Fatalf("%s of %d bytes, %v", cmd, len(arg), err)
		}
		if c.Sequence() != 1 {
			t.Errorf("sequence %d", c.Sequence())
		}
	}
	if _, _, err := c.ReadCommand(1 << 20); askwire.CodeOf(err) != askwire.BadPacket {
		t.Errorf("an empty command: %v", err)
	}
}

func TestIdleTimeout(t *testing.T) {
	proxy, client := pair(t, 0)
	proxy.SetTimeouts(0, 50*time.Millisecond)
	if _, _, err := proxy.ReadCommand(100); !isTimeout(err) {
		t.Errorf("err = %v", err)
	}
	// An interruption lasts, whatever deadlines are set later.
	proxy.Interrupt()
	if err := proxy.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	proxy.SetTimeouts(0, 0)
	if _, err := client.nc.Write([]byte{1, 0, 0, 0, byte(COM_PING)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := proxy.ReadCommand(100); !isTimeout(err) {
		t.Errorf("after the interruption: %v", err)
	}
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

func TestCommandNames(t *testing.T) {
	for c, want := range map[Command]string{
		COM_SLEEP: "COM_SLEEP", COM_STMT_SEND_LONG_DATA: "COM_STMT_SEND_LONG_DATA", COM_RESET_CONNECTION: "COM_RESET_CONNECTION",
		COM_CLONE: "COM_CLONE", 0x7f: "command 0x7f",
	} {
		if got := c.String(); got != want {
			t.Errorf("%d is %s, want %s", byte(c), got, want)
		}
	}
}

// The packets of the proxy's own answers, byte for byte.
func TestOwnPackets(t *testing.T) {
	for _, tc := range []struct {
		name  string
		caps  Capabilities
		write func(c *Conn) error
		want  string
	}{
		{"OK", 0, func(c *Conn) error {
			return c.WriteOK(OK{Affected: 1, LastInsertID: 251, Status: 2, Warnings: 3, Info: "i"})
		},
			"0a000001" + "00" + "01" + "fcfb00" + "0200" + "0300" + "69"},
		{"EOF", 0, func(c *Conn) error { return c.WriteEOF(2, 3) }, "05000001fe03000200"},
		{"EOFDeprecated", CLIENT_DEPRECATE_EOF, func(c *Conn) error { return c.WriteEOF(2, 3) }, "07000001fe000002000300"},
		{"DefinitionsEOF", 0, func(c *Conn) error { return c.WriteDefinitionsEOF(2, 0) }, "05000001fe00000200"},
		{"DefinitionsEOFDeprecated", CLIENT_DEPRECATE_EOF, func(c *Conn) error { return c.WriteDefinitionsEOF(2, 0) }, ""},
		{"ERR", 0, func(c *Conn) error { return c.WriteERR(1064, "42000", "no") }, "0b000001ff280423" + "3432303030" + "6e6f"},
		{"Prepare", 0, func(c *Conn) error { return c.WritePrepareOK(7, nil, nil, 1) }, "0c000001" + "00" + "07000000" + "0000" + "0000" + "00" + "0100"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			back := &replay{in: bytes.NewReader(nil)}
			c := NewConn(back)
			c.caps, c.seq = CLIENT_PROTOCOL_41|tc.caps, 1
			if err := errors.Join(tc.write(c), c.Flush()); err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(back.out.Bytes()); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// The proxy's own rows read back as what was written, in both protocols.
func TestOwnRows(t *testing.T) {
	defs := []Column{IntColumn("n"), TextColumn("s"), LongTextColumn("l")}
	for _, binary := range []bool{false, true} {
		back := &replay{in: bytes.NewReader(nil)}
		c := NewConn(back)
		c.caps, c.seq = CLIENT_PROTOCOL_41, 1
		w := c.NewResult(defs...)
		if binary {
			*c = Conn{nc: back, caps: CLIENT_PROTOCOL_41, seq: 1}
			w = c.NewBinaryResult(defs...)
		}
		for _, row := range [][]any{{int64(-5), "a", []byte("b")}, {nil, nil, (*string)(nil)}, {uint64(1<<64 - 1), str("p"), ""}, {7, "", "한"}} {
			if err := w.Row(row...); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(SERVER_STATUS_AUTOCOMMIT, 4), c.Flush()); err != nil {
			t.Fatal(err)
		}
		b := &Backend{c: NewConn(&replay{in: bytes.NewReader(back.out.Bytes())}), busy: true}
		b.c.seq = 1
		collect := b.Collect
		if binary {
			collect = b.CollectBinary
		}
		sample, end, err := collect(t.Context(), 10, 1000)
		if err != nil || end.Warnings != 4 || w.Rows() != 4 {
			t.Fatalf("%+v, %v", end, err)
		}
		var got []string
		for _, r := range sample.Rows {
			got = append(got, fmt.Sprint(deref(r[0]), "|", deref(r[1]), "|", deref(r[2])))
		}
		top := "18446744073709551615"
		if binary {
			top = "-1" // the column is signed: the bits are the same
		}
		if want := []string{"-5|a|b", "NULL|NULL|NULL", top + "|p|", "7||한"}; !reflect.DeepEqual(got, want) {
			t.Errorf("binary %v: %q", binary, got)
		}
		if want := []string{"bigint", "varchar", "text"}; !reflect.DeepEqual(sample.Types, want) {
			t.Errorf("types %q", sample.Types)
		}
	}
	// A value that a row cannot hold ends the result with ERR, not with a row less.
	back := &replay{in: bytes.NewReader(nil)}
	c := NewConn(back)
	c.caps, c.seq = CLIENT_PROTOCOL_41, 1
	w := c.NewResult(IntColumn("n"))
	if w.Row(3.5) == nil || w.Row(int64(1)) == nil {
		t.Error("a float was written")
	}
	if err := errors.Join(w.Close(0, 0), c.Flush()); err != nil {
		t.Fatal(err)
	}
	if seen, err := reply(func() *Conn {
		r := NewConn(&replay{in: bytes.NewReader(back.out.Bytes())})
		r.seq = 1
		return r
	}()); err != nil || strings.Join(seen, "; ") != "column n; ERR 1105 HY000" {
		t.Errorf("%v, %v", seen, err)
	}
}

func TestUniqueName(t *testing.T) {
	columns := []Column{{Name: "Summary"}, {Name: "summary_1"}, {Name: "x"}}
	for name, want := range map[string]string{"summary": "summary_2", "x": "x_1", "y": "y"} {
		if got := UniqueName(name, columns); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
}
