package nl

import (
	"strings"
	"unicode/utf8"
)

// sqlToken is a piece of SQL text in MySQL's default mode. This scanner serves extraction and repair of drafts, where a
// mistake costs an attempt; what may run is decided by the guard's parser alone.
type sqlToken struct {
	kind       tokKind
	start, end int
}

type tokKind uint8

const (
	tokWord    tokKind = iota // identifier, keyword
	tokNumber                 // 1, 1.5, 0x1F
	tokString                 // '…'
	tokDouble                 // "…"
	tokQuoted                 // `…`
	tokParam                  // :name
	tokComment                // -- …, # …, /* … */
	tokPunct                  // one byte or rune
)

// scanSQL splits SQL into tokens; spaces separate and are not kept. Unfinished quotes and comments end with the text.
func scanSQL(s string) []sqlToken {
	var out []sqlToken
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		kind := tokPunct
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			i++
			continue
		case c == '\'':
			i, kind = quotedEnd(s, i, true), tokString
		case c == '"':
			i, kind = quotedEnd(s, i, true), tokDouble
		case c == '`':
			i, kind = quotedEnd(s, i, false), tokQuoted
		case c == '#', c == '-' && strings.HasPrefix(s[i:], "--") && (i+2 == len(s) || s[i+2] <= ' '):
			kind = tokComment
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(s)
			}
		case strings.HasPrefix(s[i:], "/*"):
			kind = tokComment
			if n := strings.Index(s[i+2:], "*/"); n >= 0 {
				i += n + 4
			} else {
				i = len(s)
			}
		case c >= '0' && c <= '9':
			kind = tokNumber
			for i < len(s) && (isWordByte(s[i]) || s[i] == '.') {
				i++
			}
		case isWordByte(c):
			kind = tokWord
			for i < len(s) && isWordByte(s[i]) {
				i++
			}
		case c == ':' && i+1 < len(s) && (s[i+1] == '_' || s[i+1] >= 'a' && s[i+1] <= 'z') && (i == 0 || s[i-1] != ':'):
			kind = tokParam
			for i++; i < len(s) && (s[i] == '_' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9'); {
				i++
			}
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
		}
		out = append(out, sqlToken{kind, start, i})
	}
	return out
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func quotedEnd(s string, i int, backslash bool) int {
	q := s[i]
	for i++; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == q:
			if i+1 < len(s) && s[i+1] == q {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

// upper is the token's text in upper case.
func (t sqlToken) upper(s string) string { return strings.ToUpper(s[t.start:t.end]) }

// is reports whether the token is the given punctuation.
func (t sqlToken) is(s, punct string) bool { return t.kind == tokPunct && s[t.start:t.end] == punct }
