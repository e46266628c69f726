package front

import (
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

// cursor stands on one token of a text. It is a value: copying it is how the parsers look ahead.
type cursor struct {
	text string
	mode lex.Mode
	sc   lex.Scanner
	tok  lex.Token
}

func (c *cursor) next() { c.tok = c.sc.Next() }

// str is the token as written.
func (c *cursor) str() string { return c.text[c.tok.Pos:c.tok.End] }

// is reports whether the token is this punctuation.
func (c *cursor) is(p string) bool { return c.tok.Kind == lex.Punct && c.str() == p }

// word reports whether the token is this keyword, in any case and without quotes.
func (c *cursor) word(w string) bool { return c.tok.Kind == lex.Ident && strings.EqualFold(c.str(), w) }

// oneOf is word for several keywords.
func (c *cursor) oneOf(words ...string) bool {
	for _, w := range words {
		if c.word(w) {
			return true
		}
	}
	return false
}

// accept passes the keywords if they stand here, all of them in this order.
func (c *cursor) accept(words ...string) bool {
	ahead := *c
	for _, w := range words {
		if !ahead.word(w) {
			return false
		}
		ahead.next()
	}
	*c = ahead
	return true
}

// punct passes the punctuation if it stands here.
func (c *cursor) punct(p string) bool {
	if !c.is(p) {
		return false
	}
	c.next()
	return true
}

// end reports whether nothing but semicolons follows.
func (c *cursor) end() bool {
	ahead := *c
	for ahead.is(";") {
		ahead.next()
	}
	return ahead.tok.Kind == lex.EOF
}

// rest is the text from the current token on, without blanks and semicolons at its end.
func (c *cursor) rest() string { return strings.TrimRight(c.text[c.tok.Pos:], " \t\r\n;") }

// name passes an identifier, quoted or not, and returns what it stands for.
func (c *cursor) name() (string, bool) {
	if c.tok.Kind != lex.Ident && c.tok.Kind != lex.QuotedIdent {
		return "", false
	}
	s := lex.Unquote(c.str(), c.mode)
	c.next()
	return s, true
}

// quoted reports whether the token is a string or a quoted identifier: the ways a question can be written.
func (c *cursor) quoted() bool { return c.tok.Kind == lex.String || c.tok.Kind == lex.QuotedIdent }

// table passes t or db.t.
func (c *cursor) table() (db, name string, ok bool) {
	name, ok = c.name()
	if ok && c.punct(".") {
		db = name
		name, ok = c.name()
	}
	return db, name, ok
}

// QuoteName writes an identifier so that every sql_mode reads it alike.
func QuoteName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// QuoteText writes a string literal for text that is read in this mode.
func QuoteText(s string, mode lex.Mode) string {
	if !mode.NoBackslashEscapes {
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
