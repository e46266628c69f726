package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

var errHangUp = errors.New("hang up")

// relayed runs one query against a script and returns what the client saw.
func relayed(t *testing.T, opt RelayOptions, script func(c *Conn) error) (*Backend, RelayResult, error, []string, error) {
	t.Helper()
	s := newScripted(t, func(c *Conn, cmd Command, _ string) error {
		if cmd == COM_QUERY {
			return script(c)
		}
		return c.WriteOK(OK{})
	})
	b := s.dial(t)
	proxy, client := pair(t, 0)
	if err := b.Query(admitted("q")); err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		out []string
		err error
	}
	seen := make(chan outcome)
	go func() {
		out, err := reply(client)
		seen <- outcome{out, err}
	}()
	res, err := b.Relay(t.Context(), proxy, opt)
	if res.Answered && !errors.Is(err, ErrClientGone) {
		if ferr := proxy.Flush(); ferr != nil {
			t.Fatal(ferr)
		}
	} else {
		proxy.Close()
	}
	o := <-seen
	return b, res, err, o.out, o.err
}

func TestRelayOutcomes(t *testing.T) {
	threeRows := func(c *Conn) error {
		columns(c, 1)
		return errors.Join(row(c, "a"), row(c, "b"), row(c, "c"), c.writePlainEOF(SERVER_STATUS_AUTOCOMMIT|SERVER_STATUS_NO_INDEX_USED, 7))
	}
	for _, tc := range []struct {
		name   string
		opt    RelayOptions
		script func(c *Conn) error
		want   string // what the client saw
		code   askwire.Code
		failed bool
		usable bool // the backend connection afterwards
	}{
		{"OK", RelayOptions{}, func(c *Conn) error {
			return c.WriteOK(OK{Affected: 300, LastInsertID: 70000, Status: SERVER_STATUS_AUTOCOMMIT, Warnings: 2})
		}, "OK affected=300 id=70000 status=0x2 warnings=2", 0, false, true},
		{"Rows", RelayOptions{}, threeRows, `column c0; row "\x01a"; row "\x01b"; row "\x01c"; EOF status=0x22 warnings=7`, 0, false, true},
		{"StatusAndWarnings", RelayOptions{
			More: true, SetStatus: SERVER_STATUS_IN_TRANS, ClearStatus: SERVER_STATUS_AUTOCOMMIT, Warnings: func() uint16 { return 3 },
		}, threeRows, `column c0; row "\x01a"; row "\x01b"; row "\x01c"; EOF status=0x29 warnings=10`, 0, false, true},
		{"WarningsDoNotOverflow", RelayOptions{Warnings: func() uint16 { return math.MaxUint16 }}, threeRows,
			`column c0; row "\x01a"; row "\x01b"; row "\x01c"; EOF status=0x22 warnings=65535`, 0, false, true},
		{"ServerError", RelayOptions{}, func(c *Conn) error { return c.WriteERR(1146, "42S02", "no such table") },
			"ERR 1146 42S02", 0, false, true},
		{"ServerErrorReplaced", RelayOptions{ServerError: func(e *ServerError) error {
			return askwire.Errorf(askwire.PolicyDenied, "An error of the backend.")
		}}, func(c *Conn) error { return c.WriteERR(1292, "22007", "Incorrect value: 'secret'") }, "ERR 50306 42000", 0, false, true},
		{"ServerErrorAfterRows", RelayOptions{}, func(c *Conn) error {
			columns(c, 1)
			return errors.Join(row(c, "a"), c.WriteERR(3024, "HY000", "maximum statement execution time exceeded"))
		}, `column c0; row "\x01a"; ERR 3024 HY000`, 0, false, true},
		{"RowLimit", RelayOptions{MaxRows: 2}, threeRows, `column c0; row "\x01a"; row "\x01b"; ERR 50305 HY000`,
			askwire.TooCostly, true, true},
		{"RowLimitReachedOnly", RelayOptions{MaxRows: 3}, threeRows,
			`column c0; row "\x01a"; row "\x01b"; row "\x01c"; EOF status=0x22 warnings=7`, 0, false, true},
		{"ByteLimit", RelayOptions{MaxBytes: 5}, threeRows, `column c0; row "\x01a"; row "\x01b"; ERR 50305 HY000`,
			askwire.TooCostly, true, true},
		{"ByteLimitHugeRow", RelayOptions{MaxBytes: 1000}, func(c *Conn) error {
			columns(c, 1)
			return errors.Join(row(c, "a"), row(c, strings.Repeat("x", 1<<20)), c.writePlainEOF(0, 0))
		}, `column c0; row "\x01a"; ERR 50305 HY000`, askwire.TooCostly, true, false},
		{"RowLimitWithText", RelayOptions{MaxRows: 2, Append: &Append{Name: "s", Text: func() *string { return str("t") }}}, threeRows,
			`column c0; column s; row "\x01a\x01t"; row "\x01b\xfb"; ERR 50305 HY000`, askwire.TooCostly, true, true},
		{"DiesAtOnce", RelayOptions{}, func(c *Conn) error { return errHangUp }, "", askwire.BackendUnavailable, true, false},
		{"DiesInDefinitions", RelayOptions{}, func(c *Conn) error {
			return errors.Join(c.WritePacket([]byte{3}), c.WriteColumn(TextColumn("a")), c.Flush(), errHangUp)
		}, "", askwire.BackendUnavailable, true, false},
		{"DiesInRow", RelayOptions{}, func(c *Conn) error {
			columns(c, 1)
			_ = row(c, "a")
			c.w = append(c.w, 10, 0, 0, c.seq, 9, 'h', 'a', 'l', 'f')
			return errors.Join(c.Flush(), errHangUp)
		}, `column c0; row "\x01a"; ERR 50309 08S01`, askwire.BackendUnavailable, true, false},
		{"DiesBetweenRows", RelayOptions{}, func(c *Conn) error {
			columns(c, 1)
			return errors.Join(row(c, "a"), c.Flush(), errHangUp)
		}, `column c0; row "\x01a"; ERR 50309 08S01`, askwire.BackendUnavailable, true, false},
		{"DiesBehindHeldRows", RelayOptions{Append: &Append{Name: "s"}}, func(c *Conn) error {
			columns(c, 1)
			return errors.Join(row(c, "a"), c.Flush(), errHangUp)
		}, "", askwire.BackendUnavailable, true, false},
		{"LocalInfile", RelayOptions{}, func(c *Conn) error { return c.WritePacket([]byte("\xfb/etc/passwd")) }, "",
			askwire.BackendUnavailable, true, false},
		{"EmptyPacket", RelayOptions{}, func(c *Conn) error { return c.WritePacket(nil) }, "", askwire.BackendUnavailable, true, false},
		{"NoColumns", RelayOptions{}, func(c *Conn) error { return c.WritePacket([]byte{0xfe, 1}) }, "", askwire.BackendUnavailable, true, false},
		{"BadOK", RelayOptions{}, func(c *Conn) error { return c.WritePacket([]byte{0, 0xfc}) }, "", askwire.BackendUnavailable, true, false},
		{"WrongSequence", RelayOptions{}, func(c *Conn) error {
			columns(c, 1)
			_ = row(c, "a")
			c.seq += 3
			return row(c, "b")
		}, "", askwire.BackendUnavailable, true, false},
		{"EmptyRow", RelayOptions{}, func(c *Conn) error {
			columns(c, 1)
			return c.WritePacket(nil)
		}, "", askwire.BackendUnavailable, true, false},
		{"BadRowInSample", RelayOptions{Append: &Append{Name: "s", Rows: 1, Sample: func(h *Head) error {
			_, err := h.Decode()
			return err
		}}}, func(c *Conn) error {
			columns(c, 2)
			return errors.Join(row(c, "only one"), row(c, "another"))
		}, "", askwire.BackendUnavailable, true, false},
		{"ShortBinaryRow", RelayOptions{Binary: true, Append: &Append{Name: "s", Rows: 1}}, func(c *Conn) error {
			columns(c, 20)
			return errors.Join(c.WritePacket([]byte{0, 0}), c.WritePacket([]byte{0, 0}))
		}, "", askwire.BackendUnavailable, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, res, err, seen, _ := relayed(t, tc.opt, tc.script)
			if got := strings.Join(seen, "; "); got != tc.want {
				t.Errorf("client saw %s\nwant       %s", got, tc.want)
			}
			if tc.failed && (err == nil || askwire.CodeOf(err) != tc.code) || !tc.failed && err != nil {
				t.Errorf("err = %v", err)
			}
			if res.Answered != (tc.want != "") {
				t.Errorf("Answered = %v", res.Answered)
			}
			if b.Usable() != tc.usable {
				t.Errorf("usable = %v", b.Usable())
			}
		})
	}
}

// A row too large to be held has partly gone out when the backend dies: the client must lose its connection, since no
// ERR packet can follow.
func TestBackendDiesInHugeRow(t *testing.T) {
	_, res, err, seen, readErr := relayed(t, RelayOptions{}, func(c *Conn) error {
		columns(c, 1)
		c.w = append(c.w, 0, 0, 16, c.seq, 0xfd, 0, 0, 16) // a row of 1 MB is announced
		c.w = append(c.w, make([]byte, 300<<10)...)
		return errors.Join(c.Flush(), errHangUp)
	})
	if !errors.Is(err, ErrClientGone) || askwire.CodeOf(err) != askwire.BackendUnavailable || !res.Answered {
		t.Errorf("err = %v, %+v", err, res)
	}
	if !errors.Is(readErr, io.ErrUnexpectedEOF) || len(seen) != 1 {
		t.Errorf("client saw %v, %v", seen, readErr)
	}
}

func TestRelayMultiResults(t *testing.T) {
	s := newScripted(t, func(c *Conn, cmd Command, _ string) error {
		columns(c, 1)
		_ = row(c, "a")
		_ = c.writePlainEOF(SERVER_MORE_RESULTS_EXISTS, 0)
		columns(c, 2)
		_ = row(c, "b", "c")
		_ = c.writePlainEOF(SERVER_MORE_RESULTS_EXISTS, 0)
		return c.WriteOK(OK{Affected: 5})
	})
	b := s.dial(t)
	proxy, client := pair(t, CLIENT_DEPRECATE_EOF)
	if err := b.Query(admitted("CALL p()")); err != nil {
		t.Fatal(err)
	}
	var more []bool
	for range 3 {
		res, err := b.Relay(t.Context(), proxy, RelayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		more = append(more, res.More)
	}
	if err := proxy.Flush(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(more, []bool{true, true, false}) || !b.Usable() {
		t.Errorf("more %v, usable %v", more, b.Usable())
	}
	var kinds []string
	for range 8 {
		p, err := client.ReadPacket(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, string("0123456789abcdef"[p[0]>>4])+string("0123456789abcdef"[p[0]&15]))
	}
	if got := strings.Join(kinds, " "); got != "01 03 01 fe 02 03 03 01" {
		t.Errorf("packets begin with %s", got)
	}
}

// Rows that have arrived are not kept waiting for the next ones.
func TestRelayDoesNotDelayRows(t *testing.T) {
	next := make(chan struct{})
	s := newScripted(t, func(c *Conn, cmd Command, _ string) error {
		if cmd == COM_QUIT {
			return errHangUp
		}
		columns(c, 1)
		for _, v := range []string{"a", "b"} {
			if err := errors.Join(row(c, v), c.Flush()); err != nil {
				return err
			}
			<-next
		}
		return c.writePlainEOF(0, 0)
	})
	b := s.dial(t)
	proxy, client := pair(t, CLIENT_DEPRECATE_EOF)
	if err := b.Query(admitted("q")); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := b.Relay(t.Context(), proxy, RelayOptions{})
		done <- errors.Join(err, proxy.Flush())
	}()
	for i, want := range []string{"\x01", "", "\x01a", "\x01b"} {
		p, err := client.ReadPacket(1 << 20)
		if err != nil || want != "" && string(p) != want {
			t.Fatalf("%q, %v", p, err)
		}
		if i >= 2 {
			next <- struct{}{} // the row was here before the next one was sent
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// The end of the context ends the relay, with the reason, and the statement on the server.
func TestRelayEndsWithItsContext(t *testing.T) {
	quota := askwire.Errorf(askwire.QuotaExceeded, "Enough.")
	for _, tc := range []struct {
		name string
		end  func(context.CancelCauseFunc)
		want askwire.Code
	}{
		{"Cancelled", func(c context.CancelCauseFunc) { c(nil) }, askwire.Interrupted},
		{"DeadlineExceeded", func(c context.CancelCauseFunc) { c(context.DeadlineExceeded) }, askwire.Timeout},
		{"OwnCause", func(c context.CancelCauseFunc) { c(quota) }, askwire.QuotaExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hang := make(chan struct{})
			s := newScripted(t, func(c *Conn, cmd Command, q string) error {
				switch q {
				case "slow":
					columns(c, 1)
					_ = row(c, "a")
					_ = c.Flush()
					<-hang
					return errHangUp
				}
				return c.WriteOK(OK{})
			})
			defer close(hang)
			pool, err := NewPool(PoolConfig{Backend: s.config()})
			if err != nil {
				t.Fatal(err)
			}
			b, err := pool.Get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			proxy, client := pair(t, 0)
			if err := b.Query(admitted("slow")); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				for range 4 { // column count, definition, EOF, row
					_, _ = client.ReadPacket(1 << 20)
				}
				tc.end(cancel)
			}()
			res, err := b.Relay(ctx, proxy, RelayOptions{})
			if askwire.CodeOf(err) != tc.want || !res.Answered {
				t.Errorf("%v, %+v", err, res)
			}
			if err := proxy.Flush(); err != nil {
				t.Fatal(err)
			}
			if p, err := client.ReadPacket(1 << 20); err != nil || p[0] != errHeader || binary.LittleEndian.Uint16(p[1:]) != errPackets[tc.want].number {
				t.Errorf("client got %q, %v", p, err)
			}
			pool.Put(b)
			s.wait(t, "2 COM_QUERY KILL CONNECTION 1")
			if err := pool.Close(); err != nil {
				t.Fatal(err)
			}
			if st := pool.Stats(); st.Open != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// A client that goes away in mid-result ends the statement on the server.
func TestClientGoneKills(t *testing.T) {
	s := newScripted(t, func(c *Conn, cmd Command, q string) error {
		if q != "endless" {
			return c.WriteOK(OK{})
		}
		columns(c, 1)
		for {
			if err := row(c, strings.Repeat("x", 1000)); err != nil {
				return err
			}
		}
	})
	pool, err := NewPool(PoolConfig{Backend: s.config()})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	b, err := pool.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proxy, client := pair(t, 0)
	if err := b.Query(admitted("endless")); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.CopyN(io.Discard, client.nc, 1<<20)
		client.Close()
	}()
	if _, err := b.Relay(t.Context(), proxy, RelayOptions{}); !errors.Is(err, ErrClientGone) {
		t.Errorf("err = %v", err)
	}
	pool.Put(b)
	s.wait(t, "2 COM_QUERY KILL CONNECTION 1")
}

// A client that stops reading holds the backend back, and is given up after the write timeout.
func TestClientStopsReading(t *testing.T) {
	s := newScripted(t, func(c *Conn, cmd Command, q string) error {
		columns(c, 1)
		for {
			if err := row(c, strings.Repeat("x", 1000)); err != nil {
				return err
			}
		}
	})
	b := s.dial(t)
	proxy, _ := pair(t, 0)
	proxy.SetTimeouts(100*time.Millisecond, 0)
	if err := b.Query(admitted("endless")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Relay(t.Context(), proxy, RelayOptions{}); !errors.Is(err, ErrClientGone) {
		t.Errorf("err = %v", err)
	}
}

func TestOnlyAdmittedStatementsAreSent(t *testing.T) {
	s := newScripted(t, func(c *Conn, cmd Command, q string) error { return c.WriteOK(OK{}) })
	b := s.dial(t)
	var none guard.Statement
	if err := b.Query(none); askwire.CodeOf(err) != askwire.Internal {
		t.Errorf("Query: %v", err)
	}
	if _, err := b.Prepare(t.Context(), none); askwire.CodeOf(err) != askwire.Internal {
		t.Errorf("Prepare: %v", err)
	}
	if _, err := b.Exec(t.Context(), none); askwire.CodeOf(err) != askwire.Internal {
		t.Errorf("Exec: %v", err)
	}
	if _, err := NewPool(PoolConfig{Backend: s.config(), Init: []guard.Statement{none}}); err == nil {
		t.Error("NewPool took it")
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.queries(); len(got) != 1 || got[0] != "1 COM_PING " {
		t.Errorf("the backend saw %q", got)
	}
}

// Held rows wait for the text; the end of the context ends the wait, and nothing has been sent then.
func TestHeldRowsWaitForText(t *testing.T) {
	s := newScripted(t, func(c *Conn, cmd Command, q string) error {
		columns(c, 1)
		for range 5000 {
			_ = row(c, "value")
		}
		return c.writePlainEOF(0, 0)
	})
	for _, tc := range []struct {
		place Place
		held  bool
	}{{FirstRow, true}, {AllRows, true}, {LastRow, false}} {
		b := s.dial(t)
		proxy, client := pair(t, 0)
		go func() { _, _ = io.Copy(io.Discard, client.nc) }()
		var sampled, sentAtText int64 = 0, -1
		if err := b.Query(admitted("q")); err != nil {
			t.Fatal(err)
		}
		res, err := b.Relay(t.Context(), proxy, RelayOptions{Append: &Append{
			Name: "s", Place: tc.place,
			Sample: func(h *Head) error {
				sample, err := h.Decode()
				sampled = int64(len(sample.Rows))
				if sample.Complete || *sample.Rows[0][0] != "value" || sample.Types[0] != "varchar" {
					t.Errorf("sample %+v", sample)
				}
				return err
			},
			Text: func() *string { sentAtText = proxy.BytesSent(); return str("t") },
		}})
		if err != nil || !res.TextShown || res.Rows != 5000 || sampled != defaultSampleRows {
			t.Errorf("place %d: %+v, %d sampled, %v", tc.place, res, sampled, err)
		}
		if tc.held != (sentAtText == 0) {
			t.Errorf("place %d: %d bytes were out before the text", tc.place, sentAtText)
		}
	}
	t.Run("ContextEnds", func(t *testing.T) {
		b := s.dial(t)
		proxy, _ := pair(t, 0)
		ctx, cancel := context.WithCancel(t.Context())
		if err := b.Query(admitted("q")); err != nil {
			t.Fatal(err)
		}
		res, err := b.Relay(ctx, proxy, RelayOptions{Append: &Append{Name: "s", Text: func() *string {
			cancel()
			return nil
		}}})
		if askwire.CodeOf(err) != askwire.Interrupted || res.Answered || b.Usable() || proxy.Sequence() != 1 {
			t.Errorf("%v, %+v, sequence %d", err, res, proxy.Sequence())
		}
	})
}

// Without rows the text is still made, for whoever wants it; it is in no row.
func TestTextWithoutRows(t *testing.T) {
	for _, place := range []Place{FirstRow, AllRows, LastRow} {
		calls := ""
		_, res, err, seen, _ := relayed(t, RelayOptions{
			Append: &Append{
				Name: "s", Place: place,
				Sample: func(h *Head) error {
					s, err := h.Decode()
					if len(s.Rows) != 0 || !s.Complete || len(s.Columns) != 1 {
						t.Errorf("sample %+v", s)
					}
					calls += "sample "
					return err
				},
				Text: func() *string { calls += "text "; return str("t") },
			},
			Warnings: func() uint16 { calls += "warnings"; return 1 },
		}, func(c *Conn) error {
			columns(c, 1)
			return c.writePlainEOF(0, 0)
		})
		if err != nil || res.TextShown || calls != "sample text warnings" || strings.Join(seen, "; ") != "column c0; column s; EOF status=0x0 warnings=1" {
			t.Errorf("place %d: %+v, %v, calls %q, client saw %q", place, res, err, calls, seen)
		}
	}
}
