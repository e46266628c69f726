package front

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// ExprKind is the kind of an Expr.
type ExprKind uint8

const (
	Text    ExprKind = iota // 'x'
	Number                  // 1, -1.5
	Word                    // a bare word: ON, OFF, utf8mb4
	NullLit                 // NULL
	Default                 // DEFAULT
	SysVar                  // @@x, @@session.x: Name is "x", Scope "", "session" or "global"
	UserVar                 // @x
	Func                    // a session function in a probe, or CONCAT and REPLACE in SET
)

// Expr is a value that the proxy can work out itself.
type Expr struct {
	Kind  ExprKind
	Scope string // of SysVar
	Name  string // lower case, of SysVar, UserVar and Func; else the text
	Args  []Expr // of Func
}

// Lookup answers @@x, @x and session functions. The second result is false when there is no such thing.
type Lookup func(e Expr) (askwire.Value, bool)

// Eval works the expression out. Word and Default come back as strings: what they mean is the variable's business.
func (e Expr) Eval(look Lookup) (askwire.Value, error) {
	switch e.Kind {
	case Text, Word, Default:
		return askwire.Value{Kind: askwire.String, Text: e.Name}, nil
	case Number:
		kind := askwire.Int
		if strings.ContainsAny(e.Name, ".eE") {
			kind = askwire.Decimal
		}
		return askwire.Value{Kind: kind, Text: e.Name}, nil
	case NullLit:
		return askwire.Value{}, nil
	case Func:
		if e.Name == "concat" || e.Name == "replace" {
			return e.call(look)
		}
	}
	v, ok := look(e)
	if ok {
		return v, nil
	}
	switch e.Kind {
	case UserVar:
		return askwire.Value{}, nil // as in MySQL: a variable that was never set is NULL
	case Func:
		return askwire.Value{}, askwire.Errorf(askwire.FunctionDenied, "The function %s is not answered here.", quoteForMessage(e.Name)).
			WithHint("Leave it out.")
	default:
		return askwire.Value{}, askwire.Errorf(askwire.UnknownVariable, "Unknown system variable %s.", quoteForMessage(e.Name)).
			WithHint("SHOW VARIABLES lists what can be read here.")
	}
}

func (e Expr) call(look Lookup) (askwire.Value, error) {
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		v, err := a.Eval(look)
		if err != nil {
			return v, err
		}
		if v.Kind == askwire.Null {
			return askwire.Value{}, nil
		}
		args[i] = v.Text
	}
	switch {
	case e.Name == "concat":
		return askwire.Value{Kind: askwire.String, Text: strings.Join(args, "")}, nil
	case len(args) == 3 && args[1] != "":
		return askwire.Value{Kind: askwire.String, Text: strings.ReplaceAll(args[0], args[1], args[2])}, nil
	case len(args) == 3:
		return askwire.Value{Kind: askwire.String, Text: args[0]}, nil
	default:
		return askwire.Value{}, askwire.Errorf(askwire.WrongArguments, "REPLACE needs three arguments.").WithHint("Write REPLACE(text, from, to).")
	}
}

// sessionFuncs are the functions whose answer is the session's. The value is the largest number of arguments.
var sessionFuncs = map[string]bool{
	"user": true, "current_user": true, "session_user": true, "system_user": true, "database": true, "schema": true, "version": true,
	"connection_id": true, "current_role": true, "last_insert_id": true, "row_count": true, "found_rows": true,
}

// expr passes a value; inSet admits bare words, DEFAULT, CONCAT and REPLACE. On failure c is anywhere.
func (c *cursor) expr(inSet bool, depth int) (Expr, bool) {
	if depth > 8 {
		return Expr{}, false
	}
	switch c.tok.Kind {
	case lex.String:
		s := lex.Unquote(c.str(), c.mode)
		c.next()
		return Expr{Kind: Text, Name: s}, true
	case lex.Number:
		s := c.str()
		c.next()
		return Expr{Kind: Number, Name: s}, true
	case lex.SysVar:
		e, ok := sysVar(c.str())
		c.next()
		return e, ok
	case lex.UserVar:
		e := Expr{Kind: UserVar, Name: strings.ToLower(lex.Unquote(strings.TrimPrefix(c.str(), "@"), c.mode))}
		c.next()
		return e, true
	case lex.QuotedIdent:
		if !inSet { // with ANSI_QUOTES, SET x = "y" still means the word y
			return Expr{}, false
		}
		s, _ := c.name()
		return Expr{Kind: Word, Name: s}, true
	case lex.Punct:
		return c.signed(inSet, depth)
	case lex.Ident:
		return c.wordExpr(inSet, depth)
	default:
		return Expr{}, false
	}
}

func (c *cursor) signed(inSet bool, depth int) (Expr, bool) {
	switch {
	case c.is("-") || c.is("+"):
		sign := strings.TrimPrefix(c.str(), "+")
		c.next()
		if c.tok.Kind != lex.Number {
			return Expr{}, false
		}
		e := Expr{Kind: Number, Name: sign + c.str()}
		c.next()
		return e, true
	case inSet && c.punct("("): // SET sql_mode = (SELECT CONCAT(@@sql_mode, ',…'))
		c.accept("SELECT")
		e, ok := c.expr(true, depth+1)
		return e, ok && c.punct(")")
	default:
		return Expr{}, false
	}
}

func (c *cursor) wordExpr(inSet bool, depth int) (Expr, bool) {
	w := c.str()
	name := strings.ToLower(w)
	c.next()
	if name == "null" {
		return Expr{Kind: NullLit}, true
	}
	if c.is("(") && (sessionFuncs[name] || inSet && (name == "concat" || name == "replace")) {
		c.next()
		e := Expr{Kind: Func, Name: name}
		for !c.is(")") {
			a, ok := c.expr(inSet, depth+1)
			if !ok || sessionFuncs[name] {
				return Expr{}, false
			}
			e.Args = append(e.Args, a)
			if !c.punct(",") {
				break
			}
		}
		return e, c.punct(")")
	}
	if name == "current_user" {
		return Expr{Kind: Func, Name: name}, true
	}
	if !inSet {
		return Expr{}, false
	}
	if name == "default" {
		return Expr{Kind: Default, Name: w}, true
	}
	return Expr{Kind: Word, Name: w}, true
}

// sysVar reads @@x, @@session.x, @@`x`.
func sysVar(tok string) (Expr, bool) {
	name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(tok, "@@"), "`", ""))
	e := Expr{Kind: SysVar, Name: name}
	if scope, rest, ok := strings.Cut(name, "."); ok {
		switch scope {
		case "session", "local":
			e.Scope, e.Name = "session", rest
		case "global":
			e.Scope, e.Name = "global", rest
		}
	}
	return e, e.Name != ""
}

// Probe is a SELECT without FROM whose columns the session knows: what drivers ask at login.
type Probe struct {
	Items []ProbeItem
	Empty bool // LIMIT 0
}

// ProbeItem is one column: its heading and its value.
type ProbeItem struct {
	Name string
	Expr Expr
}

// parseProbe reads SELECT value [[AS] alias], … [LIMIT n]. It is false for anything beyond, and for a text that asks
// nothing of the session: SELECT 1 is a question to the server.
func parseProbe(c cursor) (*Probe, bool) {
	c.next()
	p, session := &Probe{}, false
	for {
		start := c.tok.Pos
		e, ok := c.expr(false, 0)
		if !ok {
			return nil, false
		}
		session = session || e.Kind >= SysVar
		item := ProbeItem{Name: strings.TrimSpace(c.text[start:lastEnd(c, start)]), Expr: e}
		if e.Kind == Text { // named by what it says, without blanks in front
			item.Name = strings.TrimLeft(e.Name, " \t\r\n\v\f")
		}
		as := c.accept("AS")
		switch {
		case c.tok.Kind == lex.QuotedIdent || c.tok.Kind == lex.String,
			c.tok.Kind == lex.Ident && (as || !c.oneOf("LIMIT", "FROM", "WHERE", "UNION", "INTO", "ORDER", "GROUP", "HAVING", "FOR", "LOCK", "PROCEDURE", "COLLATE", "DIV", "MOD", "AND", "OR", "XOR", "IS", "IN", "LIKE", "NOT", "BETWEEN", "REGEXP", "RLIKE", "SOUNDS", "MEMBER", "EXCEPT", "INTERSECT", "WINDOW")):
			item.Name = lex.Unquote(c.str(), c.mode)
			c.next()
		case as:
			return nil, false
		}
		p.Items = append(p.Items, item)
		if !c.punct(",") {
			break
		}
	}
	if c.accept("LIMIT") {
		n, err := strconv.ParseUint(c.str(), 10, 63)
		if c.tok.Kind != lex.Number || err != nil {
			return nil, false
		}
		p.Empty = n == 0
		c.next()
	}
	return p, session && c.end()
}

// lastEnd is where the token before the current one ended, comments and blanks cut off.
func lastEnd(c cursor, start int) int {
	s := lex.New(c.text[start:], c.mode)
	end := start
	for {
		t := s.Next()
		if t.Kind == lex.EOF || start+t.Pos >= c.tok.Pos {
			return end
		}
		end = start + t.End
	}
}
