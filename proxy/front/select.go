package front

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

// parseSelect reads SELECT and WITH: a probe, a question in one of its SELECT spellings, or plain SQL.
func parseSelect(c cursor, o Options) (Command, error) {
	start := c
	if c.word("SELECT") {
		ahead := c
		ahead.next()
		switch ahead.tok.Kind {
		case lex.SysVar, lex.UserVar:
			if p, ok := parseProbe(c); ok {
				return p, nil
			}
		case lex.Ident:
			if ahead.word(o.Word) && !o.Func {
				if a, ok, err := scalarAsk(ahead); ok || err != nil {
					return a, err
				}
			} else if sessionFuncs[strings.ToLower(ahead.str())] {
				if p, ok := parseProbe(c); ok {
					return p, nil
				}
			}
		}
	}
	return scan(start, o)
}

// scalarAsk reads the rest of SELECT ASK('…') [[AS] alias] [LIMIT n] as a whole statement. Its answer is one row, which a LIMIT
// that a tool adds leaves as it is.
func scalarAsk(c cursor) (Command, bool, error) {
	start := c.tok.Pos
	c.next()
	if !c.punct("(") {
		return nil, false, nil
	}
	if c.is(")") {
		return nil, true, syntax("SELECT ASK() lacks its question.", "Write SELECT ASK('your question').")
	}
	if !c.quoted() && c.tok.Kind != lex.Param {
		return nil, false, nil
	}
	a := &Ask{Verb: Narrate}
	a.Question = a.arg(&c)
	if err := a.arguments(&c); err != nil {
		return nil, false, nil //nolint:nilerr // not ours after all: the guard's to judge
	}
	a.Column = strings.TrimSpace(c.text[start:lastEnd(c, start)])
	as := c.accept("AS")
	if c.quoted() || c.tok.Kind == lex.Ident && as {
		a.Column = lex.Unquote(c.str(), c.mode)
		c.next()
	}
	if c.accept("LIMIT") {
		if n, err := strconv.ParseUint(c.str(), 10, 64); err != nil || n == 0 {
			return nil, true, unsupported("SELECT ASK('…') with this LIMIT", "Its answer is one row; for rows to go on with write FROM ASK('…') AS t.")
		}
		c.next()
	}
	if !c.end() {
		return nil, true, unsupported("A question beside other columns", "SELECT ASK('…') stands alone; for rows to go on with write FROM ASK('…') AS t.")
	}
	cmd, err := a.finish(c)
	return cmd, true, err
}

// scan looks through plain SQL for the schema askwire and for questions that stand in it. One pass, no allocation, where there
// are none.
func scan(c cursor, o Options) (Command, error) {
	start := c
	store, questions, variables, counts, limit := false, o.Home, false, false, false
	for ; c.tok.Kind != lex.EOF; c.tok = c.sc.Next() {
		if c.tok.Kind != lex.Ident && c.tok.Kind != lex.QuotedIdent {
			variables = variables || c.tok.Kind == lex.UserVar
			continue
		}
		n := c.tok.End - c.tok.Pos
		if n == len("askwire") || n == len("`askwire`") {
			store = store || c.fold("askwire") && c.followed(".")
		}
		if c.tok.Kind == lex.Ident {
			counts = counts || n == len("SQL_CALC_FOUND_ROWS") && c.fold("SQL_CALC_FOUND_ROWS")
			limit = limit || counts && n == len("LIMIT") && c.fold("LIMIT")
		}
		questions = questions || (n == len(o.Word) || n == len(o.Word)+2) && c.fold(o.Word)
	}
	if questions {
		switch cmd, err := parseWrapped(start, o); {
		case err != nil:
			return nil, err
		case cmd != nil && store:
			return nil, unsupported("A question in a statement that names askwire.*", "Query askwire.* alone.")
		case cmd != nil:
			return cmd, nil
		}
	}
	if variables {
		if a := parseAssigned(start); a != nil {
			a.Store = store
			return a, nil
		}
	}
	switch {
	case store:
		return plainStore, nil
	case limit:
		return plainCounts, nil
	}
	return plain, nil
}

// fold reports whether the identifier here is name, in any case, quoted or not.
func (c *cursor) fold(name string) bool {
	s := c.str()
	if c.tok.Kind == lex.QuotedIdent {
		s = s[1 : len(s)-1]
	}
	return strings.EqualFold(s, name)
}

func (c *cursor) followed(p string) bool {
	ahead := *c
	ahead.next()
	return ahead.is(p)
}
