package lex

import "strings"

// Unquote returns what a String, QuotedIdent or Ident token stands for: without quotes, escapes resolved. An introducer
// is dropped.
func Unquote(tok string, mode Mode) string {
	i := strings.IndexAny(tok, "'\"`")
	if i < 0 || len(tok) < i+2 {
		return tok
	}
	q := tok[i]
	body := tok[i+1 : len(tok)-1]
	escapes := q != '`' && !(q == '"' && mode.ANSIQuotes) && !mode.NoBackslashEscapes
	if strings.IndexByte(body, q) < 0 && (!escapes || strings.IndexByte(body, '\\') < 0) {
		return body
	}
	var b strings.Builder
	b.Grow(len(body))
	for j := 0; j < len(body); j++ {
		c := body[j]
		switch {
		case c == q:
			j++ // the second of a pair
			b.WriteByte(q)
		case c == '\\' && escapes && j+1 < len(body):
			j++
			b.WriteString(unescape(body[j]))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescape resolves \c. \% and \_ keep their backslash: they mean something to LIKE only.
func unescape(c byte) string {
	switch c {
	case '0':
		return "\x00"
	case 'b':
		return "\b"
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case 'Z':
		return "\x1a"
	case '%':
		return `\%`
	case '_':
		return `\_`
	default:
		return string([]byte{c})
	}
}

// Split cuts a multi-statement at its semicolons. Blank parts are dropped; comments stay with the part they stand in. A
// text with a Bad token is one part, from where it stands to the end.
func Split(text string, mode Mode) []string {
	s := New(text, mode)
	var parts []string
	start, tokens := 0, 0
	for {
		t := s.Next()
		switch {
		case t.Kind == EOF:
			if tokens > 0 {
				parts = append(parts, text[start:])
			}
			return parts
		case t.Kind == Punct && text[t.Pos] == ';':
			if tokens > 0 {
				parts = append(parts, text[start:t.Pos])
			}
			start, tokens = t.End, 0
		default:
			tokens++
		}
	}
}
