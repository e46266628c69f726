package lex

import (
	"reflect"
	"strings"
	"testing"
)

func scanAll(text string, mode Mode) (kinds []Kind, toks []string) {
	s := New(text, mode)
	for {
		t := s.Next()
		if t.Kind == EOF {
			return kinds, toks
		}
		kinds = append(kinds, t.Kind)
		toks = append(toks, text[t.Pos:t.End])
	}
}

func TestTokens(t *testing.T) {
	tests := []struct {
		name, text string
		mode       Mode
		toks       []string
		kinds      []Kind
	}{
		{"Select", "SELECT a.b, 1.5e3 FROM `t``x`", Mode{}, []string{"SELECT", "a", ".", "b", ",", "1.5e3", "FROM", "`t``x`"},
			[]Kind{Ident, Ident, Punct, Ident, Punct, Number, Ident, QuotedIdent}},
		{"Strings", `'a''b' "c\"d" N'x' _utf8mb4'y' x'41' 0x41 b'01'`, Mode{}, []string{`'a''b'`, `"c\"d"`, "N'x'", "_utf8mb4'y'", "x'41'", "0x41", "b'01'"},
			[]Kind{String, String, String, String, Hex, Hex, Hex}},
		{"ANSIQuotes", `"a\"`, Mode{ANSIQuotes: true}, []string{`"a\"`}, []Kind{QuotedIdent}},
		{"NoBackslash", `'a\' 1`, Mode{NoBackslashEscapes: true}, []string{`'a\'`, "1"}, []Kind{String, Number}},
		{"Comments", "a -- x\n b # y\n c /* z */ d --e", Mode{}, []string{"a", "b", "c", "d", "-", "-", "e"}, []Kind{Ident, Ident, Ident, Ident, Punct, Punct, Ident}},
		{"ExecComments", "/*!50000 x */ /*M! y */ /*T! z */ /*+ h */ /*m! no */", Mode{}, []string{"/*!50000 x */", "/*M! y */", "/*T! z */", "/*+ h */"},
			[]Kind{ExecComment, ExecComment, ExecComment, ExecComment}},
		{"Unterminated", "a 'b", Mode{}, []string{"a", "'b"}, []Kind{Ident, Bad}},
		{"UnterminatedComment", "a /* b", Mode{}, []string{"a", "/* b"}, []Kind{Ident, Bad}},
		{"Variables", "@a @'b c' @@session.x @@`y`", Mode{}, []string{"@a", "@'b c'", "@@session.x", "@@`y`"}, []Kind{UserVar, UserVar, SysVar, SysVar}},
		{"DigitsInNames", "t.1a 1a 1e 0xZZ 1.e", Mode{}, []string{"t", ".", "1a", "1a", "1e", "0xZZ", "1.", "e"}, []Kind{Ident, Punct, Ident, Ident, Ident, Ident, Number, Ident}},
		{"Operators", "a<=>b->>'$'||?:=1", Mode{}, []string{"a", "<=>", "b", "->>", "'$'", "||", "?", ":=", "1"}, []Kind{Ident, Punct, Ident, Punct, String, Punct, Param, Punct, Number}},
		{"Korean", "ASK '지난달 매출' AS 매출", Mode{}, []string{"ASK", "'지난달 매출'", "AS", "매출"}, []Kind{Ident, String, Ident, Ident}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kinds, toks := scanAll(tt.text, tt.mode)
			if !reflect.DeepEqual(toks, tt.toks) || !reflect.DeepEqual(kinds, tt.kinds) {
				t.Errorf("got %q %v\nwant %q %v", toks, kinds, tt.toks, tt.kinds)
			}
		})
	}
}

func TestUnquote(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		mode     Mode
	}{
		{`'a''b\n\'\%'`, "a'b\n'\\%", Mode{}},
		{"`a``b\\n`", "a`b\\n", Mode{}},
		{`"a""b"`, `a"b`, Mode{ANSIQuotes: true}},
		{`'a\'`, `a\`, Mode{NoBackslashEscapes: true}},
		{`_utf8mb4'x'`, "x", Mode{}},
		{`plain`, "plain", Mode{}},
		{`''`, "", Mode{}},
	} {
		if got := Unquote(tt.in, tt.mode); got != tt.want {
			t.Errorf("Unquote(%s) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"SELECT 1; SELECT ';' ;;", []string{"SELECT 1", " SELECT ';' "}},
		{"SELECT 1 -- ; not here\n;", []string{"SELECT 1 -- ; not here\n"}},
		{" ; /* only */ ;", nil},
		{"SELECT 'a; SELECT 2", []string{"SELECT 'a; SELECT 2"}},
	} {
		if got := Split(tt.in, Mode{}); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Split(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzScan checks that the scanner moves on, stays inside the text, and that what lies between tokens is blank or comment.
func FuzzScan(f *testing.F) {
	for _, s := range []string{"SELECT 1", "'a", "/*! x */", "@`", "1.e(", "--", "/*/", "x'", "\x00\xff"} {
		f.Add(s, false, false)
	}
	f.Fuzz(func(t *testing.T, text string, ansi, nobs bool) {
		s := New(text, Mode{ansi, nobs})
		last := 0
		for {
			tok := s.Next()
			if tok.Kind == EOF {
				break
			}
			if tok.Pos < last || tok.End <= tok.Pos || tok.End > len(text) {
				t.Fatalf("token %+v after %d in %q", tok, last, text)
			}
			if gap := strings.TrimSpace(text[last:tok.Pos]); gap != "" && gap[0] != '#' && gap[0] != '-' && gap[0] != '/' {
				t.Fatalf("lost %q in %q", gap, text)
			}
			_ = Unquote(text[tok.Pos:tok.End], Mode{ansi, nobs})
			last = tok.End
		}
		Split(text, Mode{ansi, nobs})
	})
}

func BenchmarkScan(b *testing.B) {
	text := "SELECT id, name, city FROM customers WHERE id = 12345 AND city IN ('Oslo', 'Lima') ORDER BY name DESC LIMIT 10 OFFSET 20"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := New(text, Mode{})
		for s.Next().Kind != EOF {
		}
	}
}
