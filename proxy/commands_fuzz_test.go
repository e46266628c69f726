package proxy

import (
	"io"
	"testing"
	"time"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// packet is a command as it stands on the wire, with a sequence id of the caller's choice.
func packet(seq byte, cmd wire.Command, payload string) string {
	n := len(payload) + 1
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), seq, byte(cmd)}) + payload
}

// commandSeeds are what a logged-in client may say that no driver would: each command cut off, unknown ones, wrong sequence
// ids, lengths that lie, and good commands behind them.
func commandSeeds() map[string]string {
	good := packet(0, wire.COM_QUERY, "SELECT id FROM orders")
	prepare := packet(0, wire.COM_STMT_PREPARE, "SELECT id FROM orders WHERE id = ? AND note = ?")
	execute := "\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01\x08\x00\xfd\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01a"
	seeds := map[string]string{
		"Nothing": "", "HalfAHeader": "\x01\x00", "HalfACommand": good[:9], "EmptyCommand": "\x00\x00\x00\x00", "WrongSequence": packet(7, wire.COM_QUERY, "SELECT 1"),
		"LengthThatLies": "\xff\xff\xff\x00\x03SELECT 1", "OversizedStatement": "\xff\xff\xff\x00\x16", "SecondPacketWrong": packet(0, wire.COM_PING, "") + packet(3, wire.COM_PING, ""),
		"ContinuationMissing": "\xff\xff\xff\x00\x17" + string(make([]byte, 1<<16)),
		"Prepared":            prepare + packet(0, wire.COM_STMT_EXECUTE, execute) + packet(0, wire.COM_STMT_CLOSE, "\x01\x00\x00\x00"),
		"FetchWithoutCursor":  prepare + packet(0, wire.COM_STMT_FETCH, "\x01\x00\x00\x00\x01\x00\x00\x00"),
		"LongDataNowhere":     prepare + packet(0, wire.COM_STMT_SEND_LONG_DATA, "\x01\x00\x00\x00\x09\x00abc") + packet(0, wire.COM_STMT_EXECUTE, execute),
		"Cursor": packet(0, wire.COM_STMT_PREPARE, "SELECT id FROM orders") + packet(0, wire.COM_STMT_EXECUTE, "\x01\x00\x00\x00\x01\x01\x00\x00\x00") +
			packet(0, wire.COM_STMT_FETCH, "\x01\x00\x00\x00\x01\x00\x00\x00") + packet(0, wire.COM_STMT_RESET, "\x01\x00\x00\x00"),
		"Question":     packet(0, wire.COM_STMT_PREPARE, "ASK 'orders of ? since ?'") + packet(0, wire.COM_STMT_EXECUTE, execute),
		"ChangeUser":   packet(0, wire.COM_CHANGE_USER, "ana\x00\x00\x00\x2d\x00caching_sha2_password\x00") + "\x20\x00\x00\x02",
		"ChangeUserNo": packet(0, wire.COM_CHANGE_USER, "a"),
		"FieldList":    packet(0, wire.COM_FIELD_LIST, "orders\x00%") + packet(0, wire.COM_FIELD_LIST, "orders"),
		"LoginAgain":   "\x20\x00\x00\x01\x85\xa2\xbf\x00\x00\x00\x00\x10\x2d" + string(make([]byte, 23)),
		"HTTP":         "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	}
	for cmd := range wire.Command(0x21) {
		seeds["Bare"+cmd.String()] = packet(0, cmd, "") + good
		seeds["Short"+cmd.String()] = packet(0, cmd, "\x01\x00") + good
	}
	return seeds
}

// FuzzCommands lets a logged-in client say anything. The session answers or ends; none panics, none is left, and the proxy
// serves the next client.
func FuzzCommands(f *testing.F) {
	for _, s := range commandSeeds() {
		f.Add([]byte(s))
	}
	h := openOn(f, enginetest.Get(f, engine.MariaDB))
	h.ask("orders of :pa since :pb", "SELECT id FROM orders WHERE customer_id = :pa AND note >= :pb")
	f.Cleanup(func() {
		until(f, "the sessions to end", func() bool { return h.srv.Stats().Sessions.Load() == 0 })
		if n := h.lent(); n != 0 {
			f.Errorf("%d connections to the backend are held", n)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := h.login()
		if err != nil {
			t.Fatal(err)
		}
		nc := c.c.NetConn()
		if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := nc.Write(b); err == nil {
			_ = nc.(interface{ CloseWrite() error }).CloseWrite() // nothing more comes; it may be closed already
			_, _ = io.Copy(io.Discard, nc)
		}
		nc.Close()
		if n := h.srv.Stats().Panics.Load(); n > 0 {
			t.Fatalf("%d sessions panicked", n)
		}
	})
}
