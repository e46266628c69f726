package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// A parameter of 20 MB goes to the backend in one command of several packets, and comes back as a row of several packets.
func TestPacketsOver16MB(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			db := h.client(func(c *mysql.Config) { c.MaxAllowedPacket = 64 << 20 })
			for _, size := range []int{1<<24 - 20, 1 << 24, 20 << 20} {
				sent := bytes.Repeat([]byte("0123456789abcde\xff"), size/16)
				var got []byte
				if err := db.QueryRowContext(t.Context(), "SELECT ? AS v", sent).Scan(&got); err != nil || !bytes.Equal(got, sent) {
					t.Errorf("%d bytes: %d came back, %v", len(sent), len(got), err)
				}
			}
		})
	}
}

// changeUser sends COM_CHANGE_USER and answers the auth switch; it returns the last packet.
func (r *rawClient) changeUser(t *testing.T, user, password, db string) []byte {
	t.Helper()
	p := append([]byte(user), 0, 0)
	p = append(append(p, db...), 0, wire.CollationUTF8MB4, 0)
	r.command(t, wire.COM_CHANGE_USER, append(append(p, wire.CachingSHA2Password...), 0))
	got := r.read(t)
	if got[0] != 0xfe || !bytes.HasPrefix(got[1:], []byte(wire.CachingSHA2Password+"\x00")) {
		t.Fatalf("no auth switch: %q", got)
	}
	challenge := got[len(wire.CachingSHA2Password)+2:][:20]
	once := sha256.Sum256([]byte(password))
	twice := sha256.Sum256(once[:])
	mixed := sha256.Sum256(append(twice[:], challenge...))
	for i := range mixed {
		mixed[i] ^= once[i]
	}
	if err := r.c.WritePacket(mixed[:]); err != nil {
		t.Fatal(err)
	}
	if err := r.c.Flush(); err != nil {
		t.Fatal(err)
	}
	switch got = r.read(t); {
	case got[0] == 1 && got[1] == 3: // fast authentication has succeeded
		got = r.read(t)
	case got[0] == 1 && got[1] == 4: // it has not: the password is wanted under the server's key
		for _, p := range [][]byte{{2}, make([]byte, 256)} {
			if err := errors.Join(r.c.WritePacket(p), r.c.Flush()); err != nil {
				t.Fatal(err)
			}
			got = r.read(t)
		}
	}
	return got
}

// COM_CHANGE_USER is a login from scratch: another principal, another policy, nothing of the session before.
func TestChangeUserOfASession(t *testing.T) {
	h := open(t)
	h.dir.change(func() {
		p := *h.dir.profiles["customer"]
		p.Name, p.Rows = "one", map[string]string{h.db + ".orders": "customer_id = 1"}
		h.dir.profiles["one"] = &p
		h.dir.users["bob"] = &askwire.User{Name: "bob", Profiles: []string{"one"}}
	})
	h.conn() // the first full authentication of ana
	h.one(h.clientOf("bob"))
	raw := h.raw()
	raw.query(t, "SET time_zone = '+09:00'")
	raw.query(t, "BEGIN")
	id := raw.prepare(t, "SELECT id FROM orders")
	if n, err := raw.value("SELECT COUNT(*) AS n FROM orders"); err != nil || n != "4" {
		t.Errorf("ana: %s, %v", n, err)
	}
	if p := raw.changeUser(t, "bob", "secret", h.db); p[0] != 0 || binary.LittleEndian.Uint16(p[3:])&uint16(wire.SERVER_STATUS_IN_TRANS) != 0 {
		t.Fatalf("COM_CHANGE_USER: %q", p)
	}
	for q, want := range map[string]string{"SELECT CURRENT_USER()": "bob@%", "SELECT COUNT(*) AS n FROM orders": "2", "SELECT DATABASE()": h.db} {
		if got, err := raw.value(q); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %v", q, got, err)
		}
	}
	if got, err := raw.value("SELECT @@time_zone"); err != nil || got == "+09:00" {
		t.Errorf("the time zone of the session before: %s, %v", got, err)
	}
	raw.command(t, wire.COM_STMT_EXECUTE, append(slices.Clone(id), 0, 1, 0, 0, 0))
	if p := raw.read(t); p[0] != 0xff || binary.LittleEndian.Uint16(p[1:]) != 1243 {
		t.Errorf("a statement of the session before: %q", p)
	}
	if n := h.lent(); n != 0 {
		t.Errorf("%d connections are held for the transaction before", n)
	}
	if p := raw.changeUser(t, "ana", "wrong", ""); p[0] != 0xff || binary.LittleEndian.Uint16(p[1:]) != 1045 {
		t.Errorf("a wrong password: %q", p)
	}
	if _, err := raw.c.ReadPacket(100); err == nil {
		t.Error("the connection outlived a failed COM_CHANGE_USER")
	}
}

// MariaDB's connectors send PREPARE and EXECUTE in one go, with the id 0xFFFFFFFF for "the statement prepared last".
func TestPipelinedExecute(t *testing.T) {
	h := open(t)
	raw := h.raw()
	for range 2 {
		packets := func(cmd wire.Command, p []byte) []byte {
			n := len(p) + 1
			return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), 0, byte(cmd)}, p...)
		}
		b := packets(wire.COM_STMT_PREPARE, []byte("SELECT id, note FROM orders WHERE id >= ? ORDER BY id"))
		b = append(b, packets(wire.COM_STMT_EXECUTE, []byte{0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 1, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0})...)
		nc := raw.c.NetConn()
		if _, err := nc.Write(b); err != nil {
			t.Fatal(err)
		}
		read := func(seq byte) []byte {
			t.Helper()
			var h [4]byte
			if _, err := io.ReadFull(nc, h[:]); err != nil {
				t.Fatal(err)
			}
			p := make([]byte, int(h[0])|int(h[1])<<8)
			if _, err := io.ReadFull(nc, p); err != nil || h[3] != seq {
				t.Fatalf("sequence id %d, want %d: %q, %v", h[3], seq, p, err)
			}
			return p
		}
		if p := read(1); p[0] != 0 || p[5] != 2 || p[7] != 1 {
			t.Fatalf("PREPARE: % x", p)
		}
		for seq := range byte(3) { // one parameter, two columns
			read(2 + seq)
		}
		if p := read(1); p[0] != 2 {
			t.Fatalf("EXECUTE: %q", p)
		}
		for seq := range byte(4) { // two columns, two rows
			read(2 + seq)
		}
		if p := read(6); p[0] != 0xfe {
			t.Errorf("the end: %q", p)
		}
	}
}

// COM_SET_OPTION turns multi-statements on and off.
func TestSetOption(t *testing.T) {
	h := open(t)
	raw := h.raw()
	const two = "SELECT 1; SELECT 2"
	count := func() (results int, message string) {
		raw.command(t, wire.COM_QUERY, []byte(two))
		for more := true; more; results++ {
			p := raw.read(t)
			if p[0] == 0xff {
				return results, fmt.Sprintf("%q", p)
			}
			raw.columns(t, int(p[0]))
			_, st, _ := raw.rows(t)
			more = st&wire.SERVER_MORE_RESULTS_EXISTS != 0
		}
		return results, ""
	}
	if n, message := count(); n != 0 || message == "" {
		t.Errorf("without multi-statements: %d results", n)
	}
	for _, on := range []bool{true, false, true} {
		option := []byte{1, 0}
		if on {
			option[0] = 0
		}
		raw.command(t, wire.COM_SET_OPTION, option)
		if p := raw.read(t); p[0] != 0xfe {
			t.Fatalf("COM_SET_OPTION: % x", p)
		}
		if n, message := count(); on != (n == 2) {
			t.Errorf("multi-statements %v: %d results, %s", on, n, message)
		}
	}
}

// A backend that dies while its rows go through ends the result with an error, never with one that looks whole. The session lives.
func TestBackendDiesInMidRow(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		for name, command := range map[string]wire.Command{"Text": wire.COM_QUERY, "Binary": wire.COM_STMT_EXECUTE, "Ask": 0} {
			t.Run(string(kind)+name, func(t *testing.T) {
				h := openOn(t, enginetest.Get(t, kind), func(p *askwire.Profile, _ *askwire.User) { p.Limits.Rows, p.Limits.Bytes = 1<<40, 1<<40 })
				killAll := h.ownAccount()
				const q = "SELECT a.*, b.*, n.* FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders n"
				h.ask("all", q)
				raw := h.raw()
				switch command {
				case wire.COM_QUERY:
					raw.command(t, command, []byte(q))
				case wire.COM_STMT_EXECUTE:
					raw.command(t, command, append(raw.prepare(t, q), 0, 1, 0, 0, 0))
				default:
					raw.command(t, wire.COM_QUERY, []byte("ASK 'all'"))
				}
				if p := raw.read(t); p[0] == 0xff {
					t.Fatalf("%q", p)
				}
				for range 1000 { // rows are on their way
					raw.read(t)
				}
				killAll()
				last := raw.read(t)
				for ; last[0] != 0xff && last[0] != 0xfe; last = raw.read(t) {
				}
				if last[0] != 0xff {
					t.Fatalf("the result ends as if it were whole: %q", last)
				}
				if n, err := raw.value("SELECT COUNT(*) AS n FROM orders"); err != nil || n != "4" {
					t.Errorf("afterwards: %s, %v", n, err)
				}
			})
		}
	}
}
