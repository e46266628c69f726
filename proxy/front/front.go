// Package front reads one statement's text and says what the proxy has to do with it.
//
// It works on tokens (guard/lex), ahead of any SQL parser: ASK in its spellings, SHOW, SET, USE, KILL, transactions and the
// probes that drivers send at login become typed Commands; everything else is Plain and goes to the guard, whose refusal is
// the answer. SHOW becomes a SELECT on information_schema, which takes the guard's road like any other, or a row set that
// the proxy fills itself and narrows with Filter.
//
// The package is pure: no I/O, no clock, no state. It grants nothing. A Command is a reading of the text, and whatever
// leads to the backend is still checked by the guard.
//
// Source: MySQL Reference Manual, "SQL Statements"; the statements that clients send at login were captured from them.
package front

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// Options say how a text is read.
type Options struct {
	Mode lex.Mode
	Word string // the keyword, "ask" unless configured
	// Taken says that the caller's scope has a schema named like the word: word.x is then that schema's table.
	Taken bool
	Table bool // the caller's scope has a table named like the word
	Func  bool // the caller may call a function named like the word: SELECT word('…') is that
	Home  bool // the schema of questions is the session's database: a table without one is a question
}

// Command is what a statement asks the proxy to do: one of the types below.
type Command interface{ command() }

// Empty is a text without a statement. Servers answer a comment as a statement that does nothing.
type Empty struct{ Comment bool }

// Plain is a statement for the guard. Store says that it names the schema askwire, Counts that it has both a LIMIT and SQL_CALC_FOUND_ROWS.
type Plain struct{ Store, Counts bool }

// Use is USE db.
type Use struct{ DB string }

// Begin is BEGIN or START TRANSACTION.
type Begin struct{ ReadOnly, ReadWrite, Snapshot bool }

// End is COMMIT or ROLLBACK.
type End struct{ Rollback, Chain bool }

// Savepoint is SAVEPOINT name, ROLLBACK TO SAVEPOINT name or RELEASE SAVEPOINT name.
type Savepoint struct {
	Name              string
	Rollback, Release bool
}

// Kill is KILL [CONNECTION | QUERY] id.
type Kill struct {
	ID    uint32
	Query bool
}

// Explain is EXPLAIN of a SELECT. Format is "", "json", "tree" or "receipt": the last shows the guard's account and asks
// no backend. Markers: the SELECT has a ?.
type Explain struct {
	SQL, Format string
	Markers     bool
}

// SetStatement is MariaDB's SET STATEMENT name = value, … FOR statement.
type SetStatement struct {
	Assignments []Assignment
	Rest        string
}

func (Empty) command()         {}
func (Savepoint) command()     {}
func (Plain) command()         {}
func (Use) command()           {}
func (Begin) command()         {}
func (End) command()           {}
func (*Kill) command()         {}
func (*Explain) command()      {}
func (*SetStatement) command() {}
func (*Set) command()          {}
func (*Show) command()         {}
func (*ShowAsk) command()      {}
func (*Ask) command()          {}
func (*Probe) command()        {}
func (*Wrapped) command()      {}

// Boxed once, so that a plain statement costs no allocation.
var (
	empty       Command = Empty{}
	comment     Command = Empty{Comment: true}
	plain       Command = Plain{}
	plainStore  Command = Plain{Store: true}
	plainCounts Command = Plain{Counts: true}
)

// Parse reads one statement. An error is one for the client: a statement that the proxy knows and does not serve, or one
// of its own that is badly written. Text that is not the proxy's own is never refused here but returned as Plain.
func Parse(text string, o Options) (Command, error) {
	if o.Word == "" {
		o.Word = "ask"
	}
	c := cursor{text: text, mode: o.Mode, sc: lex.New(text, o.Mode)}
	c.next()
	for c.is(";") {
		c.next()
	}
	switch c.tok.Kind {
	case lex.EOF:
		if strings.Trim(text, " \t\n\v\f\r;") != "" {
			return comment, nil
		}
		return empty, nil
	case lex.ExecComment:
		return execComment(c, o)
	case lex.Ident:
	case lex.Punct:
		if c.is("(") || c.is("{") {
			return parseBracket(c, o)
		}
		return plain, nil
	default:
		return plain, nil
	}
	w := c.str()
	if strings.EqualFold(w, "SELECT") || strings.EqualFold(w, "WITH") {
		return parseSelect(c, o)
	}
	if strings.EqualFold(w, o.Word) {
		return parseAsk(c, o)
	}
	if parse := statements[strings.ToUpper(w)]; parse != nil {
		return parse(c, o)
	}
	return scan(c, o)
}

// parseBracket reads "(SELECT …) …" and the ODBC form "{CALL ask('…')}".
func parseBracket(c cursor, o Options) (Command, error) {
	inner := c
	inner.next()
	if c.is("(") {
		if a, ok := bracketed(inner, o); ok {
			return a, nil
		}
		return scan(c, o)
	}
	if !inner.word("CALL") {
		return plain, nil
	}
	end := strings.TrimRight(c.text, " \t\r\n;")
	if !strings.HasSuffix(end, "}") {
		return nil, syntax("The { of {CALL …} is not closed.", "Write {CALL ask('…')}.")
	}
	return Parse(end[inner.tok.Pos:len(end)-1], o)
}

var statements map[string]func(cursor, Options) (Command, error)

func init() { // not a literal: the parsers refer to the table through Parse
	statements = map[string]func(cursor, Options) (Command, error){
		"INSERT": parseEdit, "UPDATE": parseEdit, "DELETE": parseEdit,
		"SHOW": parseShow, "SET": parseSet, "USE": parseUse, "KILL": parseKill, "CALL": parseCall,
		"EXPLAIN": parseExplain, "DESCRIBE": parseExplain, "DESC": parseExplain,
		"BEGIN": parseBegin, "START": parseBegin, "COMMIT": parseEnd, "ROLLBACK": parseEnd,
		"SAVEPOINT": parseSavepoint, "RELEASE": parseSavepoint,
		"PREPARE": refuse("PREPARE … FROM", "Use your driver's prepared statements, which the protocol serves."),
		"EXECUTE": refuse("EXECUTE", "Use your driver's prepared statements, which the protocol serves."),
		"DEALLOCATE": refuse("DEALLOCATE PREPARE",
			"Use your driver's prepared statements, which the protocol serves."),
		"LOCK":      refuse("LOCK TABLES", "This connection only reads; leave the lock out."),
		"UNLOCK":    refuse("UNLOCK TABLES", "This connection only reads; leave the lock out."),
		"XA":        refuse("XA", "Use BEGIN and COMMIT."),
		"HANDLER":   refuse("HANDLER", "Use SELECT."),
		"FLUSH":     refuse("FLUSH", "This connection only reads."),
		"DO":        refuse("DO", "Use SELECT."),
		"HELP":      refuse("HELP", "See the project's documentation of statements."),
		"INSTALL":   refuse("INSTALL", "This connection only reads."),
		"UNINSTALL": refuse("UNINSTALL", "This connection only reads."),
	}
}

func refuse(name, hint string) func(cursor, Options) (Command, error) {
	return func(cursor, Options) (Command, error) { return nil, unsupported(name, hint) }
}

func unsupported(name, hint string) error {
	return askwire.Errorf(askwire.NotSupported, "%s is not served by this proxy.", name).WithHint("%s", hint)
}

func syntax(message, hint string) error {
	return askwire.Errorf(askwire.Syntax, "%s", message).WithHint("%s", hint)
}

// execComment reads a statement that stands in an executable comment, as dump tools write it: /*!40101 SET NAMES utf8 */.
// Only SET is read so; anything else is the guard's to refuse.
func execComment(c cursor, o Options) (Command, error) {
	inner := unwrap(c.str())
	c.next()
	if c.is(";") {
		c.next()
	}
	if c.tok.Kind != lex.EOF {
		return plain, nil
	}
	in := cursor{text: inner, mode: o.Mode, sc: lex.New(inner, o.Mode)}
	in.next()
	if in.word("SET") {
		return parseSet(in, o)
	}
	return plain, nil
}

// unwrapped is the text with the insides of its executable comments in their places, if it has any, and none within another.
func unwrapped(c cursor) (string, bool) {
	var b strings.Builder
	at := 0
	for ; c.tok.Kind != lex.EOF; c.next() {
		if c.tok.Kind == lex.ExecComment && !strings.HasPrefix(c.str(), "/*+") {
			b.WriteString(c.text[at:c.tok.Pos])
			b.WriteString(" " + unwrap(c.str()) + " ")
			at = c.tok.End
		}
	}
	if at == 0 {
		return "", false
	}
	b.WriteString(c.text[at:])
	text := b.String()
	return text, !strings.Contains(text, "/*")
}

// unwrap returns the inside of /*!50000 … */ with blanks around it.
func unwrap(comment string) string {
	s := strings.TrimSuffix(comment, "*/")
	s = strings.TrimLeft(s[2:], "MT")
	s = strings.TrimPrefix(s, "!")
	return strings.TrimLeft(s, "0123456789")
}
