package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// at sets the clock, and notes the delays instead of waiting.
func (h *Handshaker) at(now *time.Time) *[]time.Duration {
	var paused []time.Duration
	h.now = func() time.Time { return *now }
	h.pause = func(_ context.Context, d time.Duration) error {
		paused = append(paused, d)
		return nil
	}
	return &paused
}

func TestBackOff(t *testing.T) {
	s := newMiniServer(t, HandshakeConfig{}, "unix") // without an address: the users' delays alone
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	paused := s.h.at(&now)
	delays := func(user string) string {
		t.Helper()
		*paused = nil
		for range 10 {
			if got := s.transcript(t, user, CachingSHA2Password); !strings.HasSuffix(got, "ff1504") {
				t.Fatal(got)
			}
		}
		return fmt.Sprint(*paused)
	}
	const want = "[100ms 200ms 400ms 800ms 1.6s 2s]"
	for _, user := range []string{"ana", "old", "nobody", "nobody else"} {
		if got := delays(user); got != want {
			t.Errorf("%s: delays %s, want %s", user, got, want)
		}
	}
	*paused = nil
	if _, err := whoAmI(s.dsn("both", "geheim", "")); err != nil || len(*paused) != 0 {
		t.Errorf("somebody else: %v, delays %v", err, *paused)
	}
	// The right password waits as well, and then the failures are forgotten.
	for range 2 {
		if _, err := whoAmI(s.dsn("ana", "geheim", "")); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(*paused); got != "[2s]" {
		t.Errorf("the right password: delays %s", got)
	}
	now = now.Add(time.Minute) // of old's ten failures a quarter is left
	if got := delays("old"); got != "[100ms 200ms 400ms 800ms 1.6s 2s 2s 2s]" {
		t.Errorf("a minute later: %s", got)
	}
	now = now.Add(time.Hour)
	if got := delays("old"); got != want {
		t.Errorf("an hour later: %s", got)
	}
}

func TestBackOffOfAnAddress(t *testing.T) {
	s := newMiniServer(t, HandshakeConfig{}, "tcp")
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	paused := s.h.at(&now)
	for i := range 16 {
		s.transcript(t, fmt.Sprint("user", i), NativePassword)
	}
	if got := fmt.Sprint(*paused); got != "[100ms 200ms 400ms 800ms 1s]" {
		t.Errorf("another name each time: delays %s", got)
	}
	// An exchange that is broken off counts: it may have shown that the password is wrong.
	before := s.h.failed.count(now, "ubroken")
	nc, err := net.Dial("tcp", s.ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(nc)
	if _, err := c.ReadPacket(1 << 16); err != nil {
		t.Fatal(err)
	}
	caps := CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH
	c.begin()
	c.w = append(c.w, byte(caps), byte(caps>>8), byte(caps>>16), byte(caps>>24), 0, 0, 0, 1, 45)
	c.w = append(append(c.w, make([]byte, 23)...), "broken\x00"...)
	c.w = append(append(append(c.w, 32), make([]byte, 32)...), CachingSHA2Password+"\x00"...)
	if err := errors.Join(c.end(), c.Flush()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ReadPacket(1 << 16); err != nil {
		t.Fatal(err)
	}
	nc.Close()
	s.ln.Close()
	s.wg.Wait()
	if after := s.h.failed.count(now, "ubroken"); before != 0 || after != 1 {
		t.Errorf("%d failures, then %d", before, after)
	}
}

func TestBackOffIsBounded(t *testing.T) {
	if n := unsafe.Sizeof([backOffBuckets][4]failures{}); n > 256<<10 {
		t.Errorf("the table has %d bytes", n)
	}
	var b backOff
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.forget("a")
	if b.count(now, "a") != 0 || b.slots != nil {
		t.Error("nothing has failed, and there is a table")
	}
	for range 5000 {
		b.fail(now, "a")
	}
	for i := range 100 {
		b.fail(now.Add(time.Second), fmt.Sprint(i))
	}
	if n := b.count(now, "a"); n != 1000 {
		t.Errorf("%d failures", n)
	}
	if n := b.count(now.Add(-time.Hour), "a"); n != 1000 { // a clock set back
		t.Errorf("%d failures", n)
	}
	if n := b.count(now.Add(24*time.Hour), "a"); n != 0 {
		t.Errorf("%d failures a day later", n)
	}
}

func TestAddressKey(t *testing.T) {
	for addr, want := range map[net.Addr]string{
		&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 5}:                     "10.0.0.1",
		&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2:3:4:5:6"), Port: 5}:       "2001:db8:1:2::/64",
		&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}:               "fe80::/64",
		&net.UnixAddr{Name: "@"}:                                             "",
		&net.TCPAddr{IP: net.ParseIP("::ffff:10.0.0.1").To16(), Port: 10000}: "10.0.0.1",
	} {
		if got := addressKey(addr); got != want {
			t.Errorf("%v: %q, want %q", addr, got, want)
		}
	}
}

func TestPause(t *testing.T) {
	if err := pause(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errHangUp)
	if err := pause(ctx, time.Hour); !errors.Is(err, errHangUp) {
		t.Error(err)
	}
}
