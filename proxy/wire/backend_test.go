package wire

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

func TestCollect(t *testing.T) {
	long := strings.Repeat("x", 1<<18)
	s := newScripted(t, func(c *Conn, cmd Command, q string) error {
		switch q {
		case "ok":
			return c.WriteOK(OK{Affected: 4})
		case "error":
			return c.WriteERR(1146, "42S02", "no")
		case "dies":
			columns(c, 1)
			return errors.Join(row(c, "a"), c.Flush(), errHangUp)
		}
		columns(c, 2)
		n := map[string]int{"rows": 3, "many": 100}[q]
		for range n {
			v := "v"
			if q == "many" {
				v = long
			}
			_ = c.WritePacket(append(appendLenencString(nil, v), localFileHeader))
		}
		status := Status(0)
		if q == "rows" {
			_ = c.writePlainEOF(SERVER_MORE_RESULTS_EXISTS, 0)
			return c.WriteOK(OK{})
		}
		return c.writePlainEOF(status, 2)
	})
	for _, tc := range []struct {
		query    string
		rows     int
		bytes    int64
		want     int
		complete bool
		usable   bool
	}{
		{"ok", 10, 1000, 0, true, true},
		{"rows", 10, 1000, 3, true, true},
		{"rows", 3, 1000, 3, true, true},
		{"rows", 2, 1000, 2, false, true},
		{"rows", 10, 6, 2, false, true},
		{"rows", 0, 0, 0, false, true},
		{"none", 10, 1000, 0, true, true},
		{"many", 1, 1 << 30, 1, false, false}, // too much is left to read it
	} {
		b := s.dial(t)
		if err := b.Query(admitted(tc.query)); err != nil {
			t.Fatal(err)
		}
		got, _, err := b.Collect(t.Context(), tc.rows, tc.bytes)
		if err != nil || len(got.Rows) != tc.want || got.Complete != tc.complete || b.Usable() != tc.usable {
			t.Errorf("%+v: %d rows, complete %v, usable %v, %v", tc, len(got.Rows), got.Complete, b.Usable(), err)
		}
		for _, r := range got.Rows {
			if r[0] == nil || len(*r[0]) == 0 || r[1] != nil {
				t.Errorf("%+v: row %v", tc, r)
			}
		}
	}
	b := s.dial(t)
	if ok, err := b.Exec(t.Context(), admitted("ok")); err != nil || ok.Affected != 4 {
		t.Errorf("%+v, %v", ok, err)
	}
	if _, err := b.Exec(t.Context(), admitted("rows")); err != nil || !b.Usable() {
		t.Errorf("rows thrown away: %v", err)
	}
	_, err := b.Exec(t.Context(), admitted("error"))
	if e, ok := IsServerError(err); !ok || e.Number != 1146 || !b.Usable() {
		t.Errorf("%v", err)
	}
	if _, err := b.Exec(t.Context(), admitted("dies")); askwire.CodeOf(err) != askwire.BackendUnavailable || b.Usable() {
		t.Errorf("%v, usable %v", err, b.Usable())
	}
	if err := b.Query(admitted("ok")); askwire.CodeOf(err) != askwire.BackendUnavailable {
		t.Errorf("on a broken connection: %v", err)
	}
}

// Text reaches a backend through sendStatement alone: every other caller of send gives it an empty text, and nobody else
// writes to a backend's connection.
func TestOneFunctionSendsText(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var with, without int
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || sel.Sel.Name != "send" || len(call.Args) != 3 {
					return true
				}
				if lit, ok := call.Args[1].(*ast.BasicLit); ok && lit.Value == `""` {
					without++
				} else if with++; fn.Name.Name != "sendStatement" {
					t.Errorf("%s sends text", fn.Name.Name)
				}
				return true
			})
		}
	}
	if with != 1 || without == 0 {
		t.Errorf("%d calls with text, %d without: has send been renamed?", with, without)
	}
}
