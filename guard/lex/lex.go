// Package lex cuts MySQL text into tokens, without allocating.
//
// It serves the places that need a statement's shape and not its tree: the guard's verdict cache, the splitting of
// multi-statements, and the proxy's front end, which must find ASK, SHOW and SET before any SQL parser sees the text. It
// follows the two modes that change where a string ends (ANSI_QUOTES, NO_BACKSLASH_ESCAPES). It decides nothing about
// safety: whoever admits a statement parses it.
//
// Source: MySQL Reference Manual, "Language Structure" (Literal Values, Schema Object Names, Comments).
package lex

import "strings"

// Mode is the part of sql_mode that moves token borders.
type Mode struct{ ANSIQuotes, NoBackslashEscapes bool }

// Kind is the kind of a token.
type Kind uint8

const (
	EOF         Kind = iota
	Ident            // bare identifier or keyword; may hold $ and any byte ≥ 0x80
	QuotedIdent      // `…`, and "…" with ANSI_QUOTES
	String           // '…', "…"; an introducer or the N, B, X of N'…' is part of the token
	Number           // 1, 1.5, .5, 1e3
	Hex              // 0xFF, x'FF', 0b01, b'01'
	Param            // ?
	UserVar          // @name, @'name', @`name`, and a bare @
	SysVar           // @@name, @@session.name
	Punct            // an operator of one to three bytes, or one byte
	ExecComment      // /*! … */, /*M! … */, /*T! … */, /*+ … */: a comment that some server executes
	Bad              // an unterminated string, identifier or comment; the rest of the text
)

// Token is text[Pos:End].
type Token struct {
	Kind     Kind
	Pos, End int
}

// Scanner yields the tokens of one text. The zero value is at the end of an empty text.
type Scanner struct {
	text string
	pos  int
	mode Mode
	dot  bool // the token before is '.': what follows is an identifier, even 1a
	name int  // end of the last token if it was an identifier: a '.' right there separates names, even before a digit
}

// New returns a scanner at the start of text.
func New(text string, mode Mode) Scanner { return Scanner{text: text, mode: mode} }

// Pos is the offset at which the next token is looked for.
func (s *Scanner) Pos() int { return s.pos }

// Next returns the next token. After the last one it returns EOF for ever.
func (s *Scanner) Next() Token {
	if t, ok := s.skip(); ok {
		return t
	}
	if s.pos >= len(s.text) {
		return Token{EOF, len(s.text), len(s.text)}
	}
	start := s.pos
	afterDot := s.dot
	s.dot = s.text[start] == '.' && (!isDigit(s.at(1)) || s.name == start && start > 0)
	if s.dot {
		s.pos++
		return Token{Punct, start, s.pos}
	}
	kind := s.scan(afterDot)
	if kind == Ident || kind == QuotedIdent {
		s.name = s.pos
	}
	return Token{kind, start, s.pos}
}

// skip passes blanks and comments; a comment that a server may execute, or one without an end, is a token.
func (s *Scanner) skip() (Token, bool) {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case isSpace(c):
			s.pos++
		case c == '#':
			s.line()
		case c == '-' && s.at(1) == '-' && (s.pos+2 >= len(s.text) || s.text[s.pos+2] <= ' '):
			s.line() // "--" is a comment only before a blank, a control character or the end
		case c == '/' && s.at(1) == '*':
			start := s.pos
			exec := s.at(2) == '!' || s.at(2) == '+' || (s.at(2) == 'M' || s.at(2) == 'T') && s.at(3) == '!'
			end := strings.Index(s.text[start+2:], "*/")
			if end < 0 {
				s.pos = len(s.text)
				return Token{Bad, start, s.pos}, true
			}
			s.pos = start + 2 + end + 2
			if exec {
				s.dot = false
				return Token{ExecComment, start, s.pos}, true
			}
		default:
			return Token{}, false
		}
	}
	return Token{}, false
}

func (s *Scanner) line() {
	if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
		s.pos += i + 1
	} else {
		s.pos = len(s.text)
	}
}

func (s *Scanner) at(n int) byte {
	if s.pos+n < len(s.text) {
		return s.text[s.pos+n]
	}
	return 0
}

func (s *Scanner) scan(afterDot bool) Kind {
	c := s.text[s.pos]
	switch {
	case c == '\'':
		return s.quoted(String)
	case c == '"':
		if s.mode.ANSIQuotes {
			return s.quoted(QuotedIdent)
		}
		return s.quoted(String)
	case c == '`':
		return s.quoted(QuotedIdent)
	case c == '@':
		return s.variable()
	case c == '?':
		s.pos++
		return Param
	case afterDot && isIdent(c):
		return s.ident()
	case isDigit(c), c == '.':
		return s.number()
	case isIdent(c):
		return s.word()
	default:
		s.pos += punctLen(s.text[s.pos:])
		return Punct
	}
}

// quoted passes a string or identifier in the quote at pos. A doubled quote stands for one; a backslash escapes in
// strings only. Without an end the rest is Bad.
func (s *Scanner) quoted(kind Kind) Kind {
	q := s.text[s.pos]
	for i := s.pos + 1; i < len(s.text); i++ {
		switch {
		case s.text[i] == q:
			if i+1 < len(s.text) && s.text[i+1] == q {
				i++
				continue
			}
			s.pos = i + 1
			return kind
		case s.text[i] == '\\' && kind == String && !s.mode.NoBackslashEscapes:
			i++
		}
	}
	s.pos = len(s.text)
	return Bad
}

func (s *Scanner) variable() Kind {
	kind := UserVar
	s.pos++
	if s.at(0) == '@' {
		kind = SysVar
		s.pos++
	}
	for {
		switch c := s.at(0); {
		case c == '\'' || c == '"' || c == '`':
			q := String
			if c == '`' {
				q = QuotedIdent
			}
			if s.quoted(q) == Bad {
				return Bad
			}
		case isIdent(c):
			s.ident()
		default:
			return kind
		}
		if s.at(0) != '.' {
			return kind
		}
		s.pos++ // @@session.name, @a.b
	}
}

// number passes 1, 1.5, 1e3, 0xFF, 0b01; digits that run into letters are an identifier (1a), as in MySQL.
func (s *Scanner) number() Kind {
	start := s.pos
	if s.text[s.pos] == '0' && (s.at(1) == 'x' || s.at(1) == 'b') {
		i := s.pos + 2
		for i < len(s.text) && isHexDigit(s.text[i]) {
			i++
		}
		if i > s.pos+2 && (i == len(s.text) || !isIdent(s.text[i])) {
			s.pos = i
			return Hex
		}
		return s.ident()
	}
	for isDigit(s.at(0)) {
		s.pos++
	}
	point := s.at(0) == '.'
	if point {
		s.pos++
		for isDigit(s.at(0)) {
			s.pos++
		}
	}
	if e := s.at(0); e == 'e' || e == 'E' {
		i := 1
		if s.at(i) == '+' || s.at(i) == '-' {
			i++
		}
		if isDigit(s.at(i)) {
			s.pos += i
			for isDigit(s.at(0)) {
				s.pos++
			}
			if !isIdent(s.at(0)) {
				return Number
			}
		}
	}
	if !point && isIdent(s.at(0)) {
		s.pos = start
		return s.ident()
	}
	return Number
}

// word passes an identifier, or the string that it introduces: N'…', x'…', b'…', _utf8mb4'…'.
func (s *Scanner) word() Kind {
	start := s.pos
	s.ident()
	if c := s.at(0); c != '\'' && (c != '"' || s.mode.ANSIQuotes) {
		return Ident
	}
	w := s.text[start:s.pos]
	var kind Kind
	switch {
	case len(w) == 1 && (w[0]|0x20 == 'x' || w[0]|0x20 == 'b'):
		kind = Hex
	case len(w) == 1 && w[0]|0x20 == 'n', len(w) > 1 && w[0] == '_' && introducers[strings.ToLower(w)]:
		kind = String
	default:
		return Ident
	}
	if s.quoted(String) == Bad {
		return Bad
	}
	return kind
}

func (s *Scanner) ident() Kind {
	i := s.pos
	for i < len(s.text) && identBytes[s.text[i]] {
		i++
	}
	s.pos = i
	return Ident
}

var introducers = map[string]bool{
	"_utf8mb4": true, "_utf8mb3": true, "_utf8": true, "_latin1": true, "_binary": true, "_ascii": true, "_ucs2": true,
	"_utf16": true, "_utf32": true, "_gbk": true, "_euckr": true, "_big5": true, "_sjis": true, "_cp1252": true,
}

// punctLen is the length of the operator that s begins with. It runs for every comma, so it looks at single bytes.
func punctLen(s string) int {
	if len(s) < 2 {
		return 1
	}
	switch a, b := s[0], s[1]; a {
	case '<':
		if b == '=' && len(s) > 2 && s[2] == '>' {
			return 3
		}
		if b == '=' || b == '>' || b == '<' {
			return 2
		}
	case '-':
		if b == '>' && len(s) > 2 && s[2] == '>' {
			return 3
		}
		if b == '>' {
			return 2
		}
	case '>':
		if b == '=' || b == '>' {
			return 2
		}
	case '!', ':':
		if b == '=' {
			return 2
		}
	case '|', '&':
		if b == a {
			return 2
		}
	}
	return 1
}

func isSpace(c byte) bool    { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func isIdent(c byte) bool    { return identBytes[c] }

// identBytes are the bytes of an identifier that is not quoted.
var identBytes = func() (set [256]bool) {
	for c := range set {
		b := byte(c)
		set[c] = b|0x20 >= 'a' && b|0x20 <= 'z' || isDigit(b) || b == '_' || b == '$' || b >= 0x80
	}
	return set
}()
