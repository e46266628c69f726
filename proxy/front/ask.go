package front

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// Verb is a form of ASK.
type Verb uint8

const (
	Rows    Verb = iota // ASK '…'
	SQL                 // ASK SQL '…'
	Run                 // ASK RUN id [AS '…']
	Narrate             // ASK NARRATE '…', SELECT ASK('…')
	Receipt             // EXPLAIN ASK '…'
	Prompt              // ASK PROMPT '…'
	Tables              // ASK TABLES '…'
	More                // ASK MORE '…'
	Save                // ASK SAVE LAST|id AS 'name'
	Verify              // ASK VERIFY 'name'
	Forget              // ASK FORGET 'name'
	Good                // ASK GOOD [id] ['note']
	Bad                 // ASK BAD [id] ['note']
	New                 // ASK NEW
)

var verbs = map[string]Verb{"SQL": SQL, "RUN": Run, "NARRATE": Narrate, "EXPLAIN": Receipt, "PROMPT": Prompt, "TABLES": Tables, "MORE": More}

// argumentVerbs are the words that are no unquoted question by themselves: half a statement must not be sent to a model.
var argumentVerbs = map[string]bool{"SQL": true, "RUN": true, "NARRATE": true, "PROMPT": true, "TABLES": true, "MORE": true, "SAVE": true, "VERIFY": true, "FORGET": true}

// nearVerb is the verb that a word in front of a string, which ends the statement, is likely meant to be: ASK TABLE '…'. Asking a model what
// that means costs money.
func nearVerb(c cursor) string {
	w := strings.ToUpper(c.str())
	ahead := c
	ahead.next()
	if len(w) < 3 || !ahead.quoted() {
		return ""
	}
	if ahead.next(); !ahead.end() && !ahead.word("USING") {
		return ""
	}
	for _, v := range []string{"FORGET", "NARRATE", "PROMPT", "SQL", "TABLES", "VERIFY"} {
		if strings.HasPrefix(w, v[:3]) && max(len(w)-len(v), len(v)-len(w)) <= 2 {
			return v
		}
	}
	return ""
}

// alone reports whether the token is the statement's last.
func (c cursor) alone() bool {
	c.next()
	return c.end()
}

// String is the verb as the history names it.
func (v Verb) String() string {
	return [...]string{"ask", "sql", "run", "narrate", "explain", "prompt", "tables", "more", "save", "verify", "forget", "good", "bad", "new"}[v]
}

// Ask is a question.
type Ask struct {
	Verb     Verb
	Question Arg
	User     string // CALL ask(@name): the user variable that holds the question
	ID       Arg    // ASK RUN, SAVE, GOOD and BAD; "" = the last question
	Edited   *Arg   // ASK RUN id AS '…'
	Name     Arg    // of a saved question, or its id: ASK SAVE, VERIFY and FORGET
	Note     Arg    // ASK GOOD and BAD
	Options  []Option
	Column   string // heading of the answer in SELECT ASK('…'); "" = answer
	Params   int    // number of ? markers
}

// Arg is a text, or the marker whose value is the text.
type Arg struct {
	Text  string
	Param int // number of the marker, from 1; 0 = Text
}

// Option is one setting of USING, of JSON_OBJECT or of a further argument; of ASK SAVE, a parameter with its value.
type Option struct {
	Name  string // lower case, but of a parameter
	Value Arg

	// Of a parameter.
	Between *[2]Arg // value BETWEEN least AND greatest
	In      []Arg   // value IN (…)
}

// Bind returns the question with the markers' values filled in.
func (a *Ask) Bind(args []string) *Ask {
	b := *a
	fill := func(x Arg) Arg {
		if x.Param > 0 && x.Param <= len(args) {
			return Arg{Text: args[x.Param-1]}
		}
		return x
	}
	b.Question, b.ID, b.Name, b.Note, b.Params = fill(a.Question), fill(a.ID), fill(a.Name), fill(a.Note), 0
	if a.Edited != nil {
		e := fill(*a.Edited)
		b.Edited = &e
	}
	b.Options = make([]Option, len(a.Options))
	for i, o := range a.Options {
		o.Value, o.In = fill(o.Value), slices.Clone(o.In)
		for j := range o.In {
			o.In[j] = fill(o.In[j])
		}
		if o.Between != nil {
			o.Between = &[2]Arg{fill(o.Between[0]), fill(o.Between[1])}
		}
		b.Options[i] = o
	}
	return &b
}

// parseAsk reads from the word ASK on.
func parseAsk(c cursor, o Options) (Command, error) {
	c.next()
	a := &Ask{}
	if c.tok.Kind == lex.Ident {
		ahead := c
		ahead.next()
		w := strings.ToUpper(c.str())
		if v, ok := savedVerbs[w]; ok && v.fits(ahead) {
			a.Verb = v.verb
			return v.parse(a, ahead)
		}
		switch v, ok := verbs[w]; {
		case ok && v == Run && (ahead.tok.Kind == lex.Param || ahead.quoted() || isID(ahead.str())):
			return a.run(ahead)
		case ok && v != Run && (ahead.quoted() || ahead.tok.Kind == lex.Param):
			a.Verb, c = v, ahead
		case w == "AS" && ahead.tok.Kind == lex.QuotedIdent:
			c = ahead // sqlglot prints ASK 'q' as ASK AS `q`
		}
	}
	bracket := false
	if c.is("(") {
		ahead := c
		ahead.next()
		if ahead.quoted() || ahead.tok.Kind == lex.Param {
			c, bracket = ahead, true
		}
	}
	switch {
	case c.end():
		return nil, syntax("The question is empty.", "Write ASK 'your question'.")
	case c.tok.Kind == lex.Bad:
		return nil, syntax("The question's quote is not closed.", "Close it, and write a quote inside the question twice: ASK 'the customer''s orders'.")
	case c.quoted() || c.tok.Kind == lex.Param:
		a.Question = a.arg(&c)
	case argumentVerbs[strings.ToUpper(c.str())] && c.alone():
		w := strings.ToUpper(c.str())
		return nil, syntax("ASK "+w+" lacks what it takes.", "Write ASK "+w+" '…'; put a question of this one word in quotes.")
	case c.tok.Kind == lex.Ident && nearVerb(c) != "":
		w, near := strings.ToUpper(c.str()), nearVerb(c)
		return nil, syntax("There is no ASK "+w+" '…'.", "Did you mean ASK "+near+" '…'? A question stands in quotes as a whole, or without any.")
	default: // ASK words …: the rest as it is written
		a.Question = Arg{Text: c.rest()}
		return a, nil
	}
	if bracket {
		if err := a.arguments(&c); err != nil {
			return nil, err
		}
	}
	return a.finish(c)
}

// run reads id [AS 'sql'] [USING …].
func (a *Ask) run(c cursor) (Command, error) {
	a.Verb = Run
	if c.quoted() || c.tok.Kind == lex.Param {
		a.ID = a.arg(&c)
	} else {
		a.ID = Arg{Text: c.str()}
		c.next()
	}
	if c.accept("AS") {
		if !c.quoted() && c.tok.Kind != lex.Param {
			return nil, syntax("ASK RUN … AS needs the SQL as a string.", "Write ASK RUN id AS 'SELECT …'.")
		}
		e := a.arg(&c)
		a.Edited = &e
	}
	return a.finish(c)
}

// using reads [USING option = literal, …].
func (a *Ask) using(c *cursor) error {
	return a.values(c, func(name string, v Arg, _ *cursor) error { return a.option(name, v) })
}

// values reads [USING name = literal, …]; take goes on behind each literal.
func (a *Ask) values(c *cursor, take func(name string, v Arg, c *cursor) error) error {
	if !c.accept("USING") {
		return nil
	}
	for {
		name, ok := c.name()
		if !ok || !(c.punct("=") || c.punct(":=")) {
			return syntax("USING needs name = value.", "Write ASK '…' USING summary = 'off', limit = 20.")
		}
		v, ok := a.literal(c)
		if !ok {
			return syntax("The value of "+quoteForMessage(name)+" must be a literal.", "Write ASK '…' USING summary = 'off', limit = 20.")
		}
		if err := take(name, v, c); err != nil {
			return err
		}
		if !c.punct(",") {
			return nil
		}
	}
}

// finish reads [USING name = literal, …] up to the end.
func (a *Ask) finish(c cursor) (Command, error) {
	if err := a.using(&c); err != nil {
		return nil, err
	}
	if !c.end() {
		return nil, syntax("After the question stands text that is not understood.", "Only USING name = value, … may follow; write a quote inside the question twice.")
	}
	if a.Question.Param == 0 && a.User == "" && a.Verb != Run && strings.TrimSpace(a.Question.Text) == "" {
		return nil, syntax("The question is empty.", "Write ASK 'your question'.")
	}
	return a, nil
}

// arg passes a string, a quoted identifier or a marker. Strings that follow each other are one, as in MySQL.
func (a *Ask) arg(c *cursor) Arg {
	if c.tok.Kind == lex.Param {
		a.Params++
		c.next()
		return Arg{Param: a.Params}
	}
	kind, s := c.tok.Kind, lex.Unquote(c.str(), c.mode)
	c.next()
	for kind == lex.String && c.tok.Kind == lex.String {
		s += lex.Unquote(c.str(), c.mode)
		c.next()
	}
	return Arg{Text: s}
}

// literal passes a value: a string, a number with an optional sign, a marker, or a bare word such as off.
func (a *Ask) literal(c *cursor) (Arg, bool) {
	switch {
	case c.tok.Kind == lex.String || c.tok.Kind == lex.Param || c.tok.Kind == lex.QuotedIdent:
		return a.arg(c), true
	case c.tok.Kind == lex.Ident || c.tok.Kind == lex.Number:
		s := c.str()
		c.next()
		return Arg{Text: s}, true
	case c.is("-"):
		c.next()
		if c.tok.Kind != lex.Number {
			return Arg{}, false
		}
		s := "-" + c.str()
		c.next()
		return Arg{Text: s}, true
	default:
		return Arg{}, false
	}
}

// optionNames are the settings that a statement can make.
var optionNames = []string{"profile", "model", "summary", "limit", "timeout", "language", "conversation", "execute", "on_ambiguous", "candidates"}

func (a *Ask) option(name string, v Arg) error {
	name = strings.ToLower(name)
	for _, known := range optionNames {
		if name == known {
			for _, have := range a.Options {
				if have.Name == name {
					return syntax("The option "+name+" is given twice.", "Give it once.")
				}
			}
			a.Options = append(a.Options, Option{Name: name, Value: v})
			return nil
		}
	}
	return askwire.Errorf(askwire.UnknownVariable, "There is no option %s for ASK.", quoteForMessage(name)).
		WithHint("The options are %s.", strings.Join(optionNames, ", "))
}

// arguments reads what follows the question in brackets: [, JSON_OBJECT('name', value, …)] | [, 'name', value, …] ).
func (a *Ask) arguments(c *cursor) error {
	bad := syntax("The arguments after the question are not understood.", "Write CALL askwire.ask('…', JSON_OBJECT('summary', 'off')).")
	for c.punct(",") {
		object := c.accept("JSON_OBJECT")
		if object && !c.punct("(") {
			return bad
		}
		for !c.is(")") {
			if c.tok.Kind != lex.String {
				return bad
			}
			name := a.arg(c)
			if !c.punct(",") {
				return bad
			}
			v, ok := a.literal(c)
			if !ok {
				return bad
			}
			if err := a.option(name.Text, v); err != nil {
				return err
			}
			if !c.punct(",") {
				break
			}
		}
		if object && !c.punct(")") {
			return bad
		}
	}
	if !c.punct(")") {
		return bad
	}
	return nil
}

// parseCall reads CALL askwire.ask('…' [, JSON_OBJECT(…)]) and CALL ask('…').
func parseCall(c cursor, o Options) (Command, error) {
	c.next()
	db, name, ok := c.table()
	if !ok || !strings.EqualFold(name, o.Word) || db != "" && !strings.EqualFold(db, "askwire") {
		return nil, unsupported("CALL of that procedure", "The one procedure here is CALL askwire.ask('your question').")
	}
	if !c.punct("(") {
		return nil, syntax("CALL ask needs the question in brackets.", "Write CALL askwire.ask('your question').")
	}
	a := &Ask{}
	switch {
	case c.tok.Kind == lex.UserVar && len(c.str()) > 1: // drivers' callproc: SET @_ask_0 = 'q'; CALL ask(@_ask_0)
		a.User = strings.ToLower(lex.Unquote(c.str()[1:], c.mode))
		c.next()
	case c.argument():
		a.Question = a.arg(&c)
	default:
		return nil, syntax("CALL ask needs the question as a string.", "Write CALL askwire.ask('your question').")
	}
	if err := a.arguments(&c); err != nil {
		return nil, err
	}
	return a.finish(c)
}

// isID reports whether s looks like a question's id as askwire.NewID makes it: 20 lower-case letters and digits.
func isID(s string) bool {
	if len(s) != 20 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// quoteForMessage shortens and quotes a piece of the client's own text.
func quoteForMessage(s string) string {
	if r := []rune(s); len(r) > 64 {
		s = string(r[:64]) + "…"
	}
	return "'" + strings.ToValidUTF8(s, "?") + "'"
}
