package front

import (
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

// savedVerb is a form of ASK about questions and answers, which asks nothing itself. It is only taken for one when what follows fits, so that
// "ASK good customers of this month" stays a question.
type savedVerb struct {
	verb  Verb
	fits  func(c cursor) bool
	parse func(a *Ask, c cursor) (Command, error)
}

var savedVerbs = map[string]savedVerb{
	"SAVE": {Save, func(c cursor) bool {
		return c.accept("LAST") && (c.word("AS") || c.end()) || c.bareID() && c.word("AS") || c.argument()
	}, (*Ask).save},
	"VERIFY": {Verify, func(c cursor) bool { return c.argument() || c.bareID() && c.end() }, (*Ask).named},
	"FORGET": {Forget, func(c cursor) bool { return c.argument() || c.bareID() && c.end() }, (*Ask).named},
	"GOOD":   {Good, judges, (*Ask).judge},
	"BAD":    {Bad, judges, (*Ask).judge},
	"NEW":    {New, func(c cursor) bool { return c.end() }, (*Ask).alone},
}

func judges(c cursor) bool { return c.end() || c.argument() || c.bareID() && (c.end() || c.argument()) }

func (c *cursor) argument() bool { return c.quoted() || c.tok.Kind == lex.Param }

// bareID passes an id without quotes.
func (c *cursor) bareID() bool {
	if !isID(c.str()) {
		return false
	}
	c.next()
	return true
}

// id passes an id, bare or as a string.
func (a *Ask) id(c *cursor) Arg {
	if c.argument() {
		return a.arg(c)
	}
	s := c.str()
	c.next()
	return Arg{Text: s}
}

// save reads LAST | id, AS 'name' [USING parameter = value [BETWEEN least AND greatest | IN (value, …)], …].
func (a *Ask) save(c cursor) (Command, error) {
	if !c.accept("LAST") {
		a.ID = a.id(&c)
		if a.ID.Param == 0 && a.ID.Text == "" {
			return nil, syntax("The id is empty.", "Write ASK SAVE LAST AS 'name', or the id that SHOW ASK HISTORY lists.")
		}
	}
	if !c.accept("AS") || !c.argument() {
		return nil, syntax("ASK SAVE needs AS and a name.", "Write ASK SAVE LAST AS 'name'.")
	}
	a.Name = a.arg(&c)
	err := a.values(&c, func(name string, v Arg, c *cursor) error {
		o := Option{Name: name, Value: v}
		if !a.between(c, &o) || !a.in(c, &o) {
			return syntax("What the parameter "+quoteForMessage(name)+" takes is not understood.",
				"Write ASK SAVE LAST AS 'name' USING least = 5000 BETWEEN 1 AND 10000, city = 'Busan' IN ('Busan', 'Seoul').")
		}
		a.Options = append(a.Options, o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.alone(c)
}

// between reads [BETWEEN least AND greatest].
func (a *Ask) between(c *cursor, o *Option) bool {
	if !c.accept("BETWEEN") {
		return true
	}
	least, ok := a.literal(c)
	if !ok || !c.accept("AND") {
		return false
	}
	greatest, ok := a.literal(c)
	o.Between = &[2]Arg{least, greatest}
	return ok
}

// in reads [IN (value, …)].
func (a *Ask) in(c *cursor, o *Option) bool {
	if !c.accept("IN") {
		return true
	}
	if !c.punct("(") {
		return false
	}
	for {
		v, ok := a.literal(c)
		if !ok {
			return false
		}
		o.In = append(o.In, v)
		if !c.punct(",") {
			return c.punct(")")
		}
	}
}

// named reads 'name' | id.
func (a *Ask) named(c cursor) (Command, error) {
	a.Name = a.id(&c)
	return a.alone(c)
}

// judge reads [id] ['note'].
func (a *Ask) judge(c cursor) (Command, error) {
	if !c.argument() && !c.end() || c.tok.Kind == lex.String && isID(lex.Unquote(c.str(), c.mode)) {
		a.ID = Arg{Text: lex.Unquote(c.str(), c.mode)}
		c.next()
	}
	if c.argument() {
		a.Note = a.arg(&c)
	}
	return a.alone(c)
}

func (a *Ask) alone(c cursor) (Command, error) {
	if !c.end() {
		return nil, syntax("After ASK "+strings.ToUpper(a.Verb.String())+" stands text that is not understood.",
			"Write ASK SAVE LAST AS 'name' USING parameter = value, ASK VERIFY 'name', ASK FORGET 'name', or ASK GOOD or BAD with an id and a 'note'.")
	}
	return a, nil
}
