package wire

import (
	"bytes"
	"context"
	"encoding/hex"
	"testing"
)

// Answers of MariaDB 10.11 and MySQL 9.7, captured: to SET @a = 1, to SELEC 1 (cut), and to a PREPARE of SELECT ? AS a, 'x' AS b.
var answers = map[string][]string{
	"ok":  {"00000002000000"},
	"err": {"ff2804233432303030596f75206861766520616e206572726f7220696e20796f75722053514c2073796e746178"},
	"mariadb": {"000100000002000100000000", "036465660000000161000c3f0000000000068000000000", "fe00000200",
		"036465660000000161000c3f0000000000068000000000", "036465660000000162000c2d0004000000fd0100270000", "fe00000200"},
	"mysql": {"000100000002000100000000", "036465660000000161000c2d00fcff0000fd00001f0000", "fe00000200",
		"036465660000000161000c2d00fcff0000fd00001f0000", "036465660000000162000c2d0004000000fd01001f0000", "fe00000200"},
}

// wireForm is an answer as it stands on the wire, from sequence id 1 on.
func wireForm(tb testing.TB, name string) []byte {
	var out []byte
	for i, text := range answers[name] {
		p, err := hex.DecodeString(text)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(append(out, byte(len(p)), 0, 0, byte(i+1)), p...)
	}
	return out
}

func TestCapturedAnswers(t *testing.T) {
	for _, name := range []string{"mariadb", "mysql"} {
		b := &Backend{c: NewConn(&replay{in: bytes.NewReader(wireForm(t, name))})}
		p, err := b.Prepare(context.Background(), admitted("q"))
		if err != nil || len(p.Params) != 1 || len(p.Columns) != 2 || p.Columns[1].Name != "b" || p.Columns[1].TypeName() != "varchar" || !b.Usable() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	b := &Backend{c: NewConn(&replay{in: bytes.NewReader(wireForm(t, "err"))})}
	_, err := b.Prepare(context.Background(), admitted("q"))
	if e, ok := IsServerError(err); !ok || e.Number != 1064 || e.State != "42000" || !b.Usable() {
		t.Errorf("err: %v", err)
	}
}

// FuzzAnswers reads what a backend says to PREPARE, to a statement without rows, and to one whose rows are collected. None
// panics, and a connection whose answer was not understood is not used again.
func FuzzAnswers(f *testing.F) {
	for name := range answers {
		f.Add(wireForm(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, ask := range map[string]func(*Backend) error{
			"Prepare": func(b *Backend) error { _, err := b.Prepare(context.Background(), admitted("q")); return err },
			"Exec":    func(b *Backend) error { _, err := b.Exec(context.Background(), admitted("q")); return err },
			"Ping":    func(b *Backend) error { return b.Ping(context.Background()) },
			"Collect": func(b *Backend) error {
				if err := b.Query(admitted("q")); err != nil {
					return err
				}
				_, _, err := b.Collect(context.Background(), 10, 1<<16)
				return err
			},
		} {
			be := &Backend{c: NewConn(&replay{in: bytes.NewReader(b)})}
			be.c.backend = true
			err := ask(be)
			if _, server := IsServerError(err); err != nil && !server && be.Usable() {
				t.Errorf("%s: the connection is used again after %v", name, err)
			}
		}
	})
}

// FuzzReadCommand reads commands as a client might cut them.
func FuzzReadCommand(f *testing.F) {
	f.Add([]byte("\x09\x00\x00\x00\x03SELECT 1\x01\x00\x00\x00\x01"))
	f.Add([]byte("\xff\xff\xff\x00\x17"))
	f.Add([]byte("\x00\x00\x00\x00\x01\x00\x00\x00\x0e"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := NewConn(&replay{in: bytes.NewReader(b)})
		for read := 0; ; {
			_, p, err := c.ReadCommand(1 << 10)
			if err != nil {
				return
			}
			if read += len(p) + 5; len(p) >= 1<<10 || read > len(b) {
				t.Fatalf("%d bytes of payload out of %d", len(p), len(b))
			}
		}
	})
}

// FuzzCredential reads password hashes as a configuration may hold them.
func FuzzCredential(f *testing.F) {
	hash, err := HashPassword("secret")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(hash)
	f.Add("native:*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4")
	f.Add("$A$005$")
	f.Fuzz(func(t *testing.T, stored string) {
		if (VerifyFormat(stored) == nil) != (func() error { _, err := ParseCredential(stored); return err }() == nil) {
			t.Errorf("%q: the check and the reading differ", stored)
		}
	})
}
