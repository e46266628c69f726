package front

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

func parseUse(c cursor, o Options) (Command, error) {
	c.next()
	db, ok := c.name()
	if !ok || !c.end() {
		return nil, syntax("USE needs the name of a database.", "SHOW DATABASES lists those that you may use.")
	}
	return Use{db}, nil
}

// parseBegin reads BEGIN [WORK] and START TRANSACTION [characteristic, …].
func parseBegin(c cursor, o Options) (Command, error) {
	b := Begin{}
	if c.accept("BEGIN") {
		c.accept("WORK")
		if !c.end() {
			return nil, unsupported("BEGIN … END", "BEGIN alone starts a transaction.")
		}
		return b, nil
	}
	c.next()
	if !c.accept("TRANSACTION") {
		return nil, unsupported("START "+strings.ToUpper(c.str()), "START TRANSACTION is the form that is served.")
	}
	for !c.end() {
		switch {
		case c.accept("WITH", "CONSISTENT", "SNAPSHOT"):
			b.Snapshot = true
		case c.accept("READ", "ONLY"):
			b.ReadOnly = true
		case c.accept("READ", "WRITE"):
			b.ReadWrite = true
		default:
			return nil, syntax("START TRANSACTION is followed by text that is not understood.", "Write START TRANSACTION [READ ONLY].")
		}
		c.punct(",")
	}
	return b, nil
}

// parseEnd reads COMMIT and ROLLBACK [WORK] [AND [NO] CHAIN] [[NO] RELEASE].
func parseEnd(c cursor, o Options) (Command, error) {
	e := End{Rollback: c.word("ROLLBACK")}
	c.next()
	c.accept("WORK")
	switch {
	case e.Rollback && c.accept("TO"):
		c.accept("SAVEPOINT")
		return savepoint(c, Savepoint{Rollback: true})
	case c.accept("AND", "CHAIN"):
		e.Chain = true
	default:
		c.accept("AND", "NO", "CHAIN")
	}
	if !c.accept("NO", "RELEASE") && c.word("RELEASE") {
		return nil, unsupported("RELEASE", "Close the connection instead.")
	}
	if !c.end() {
		return nil, syntax("COMMIT or ROLLBACK is followed by text that is not understood.", "Write COMMIT or ROLLBACK.")
	}
	return e, nil
}

// parseSavepoint reads SAVEPOINT name and RELEASE SAVEPOINT name.
func parseSavepoint(c cursor, o Options) (Command, error) {
	release := c.accept("RELEASE")
	if !c.accept("SAVEPOINT") {
		return nil, syntax("RELEASE is followed by text that is not understood.", "Write RELEASE SAVEPOINT name.")
	}
	return savepoint(c, Savepoint{Release: release})
}

func savepoint(c cursor, s Savepoint) (Command, error) {
	var ok bool
	if s.Name, ok = c.name(); !ok || !c.end() {
		return nil, syntax("A savepoint needs a name, and nothing behind it.", "Write SAVEPOINT name.")
	}
	return s, nil
}

// parseKill reads KILL [HARD | SOFT] [CONNECTION | QUERY] id, also KILL /*!50000 QUERY */ id.
func parseKill(c cursor, o Options) (Command, error) {
	var words []string
	for c.next(); c.tok.Kind != lex.EOF; c.next() {
		s := c.str()
		if c.tok.Kind == lex.ExecComment {
			s = unwrap(s)
		}
		words = append(words, strings.Fields(s)...)
	}
	for len(words) > 0 && words[len(words)-1] == ";" {
		words = words[:len(words)-1]
	}
	k := &Kill{}
	if len(words) > 0 && (strings.EqualFold(words[0], "HARD") || strings.EqualFold(words[0], "SOFT")) {
		words = words[1:]
	}
	if len(words) == 2 && strings.EqualFold(words[0], "QUERY") {
		k.Query, words = true, words[1:]
	} else if len(words) == 2 && strings.EqualFold(words[0], "CONNECTION") {
		words = words[1:]
	}
	if len(words) != 1 {
		return nil, unsupported("This form of KILL", "Write KILL QUERY id or KILL id; SHOW PROCESSLIST lists the ids.")
	}
	id, err := strconv.ParseUint(words[0], 10, 32)
	if err != nil {
		return nil, syntax("KILL needs the id of a connection.", "Write KILL QUERY id; SHOW PROCESSLIST lists the ids.")
	}
	k.ID = uint32(id)
	return k, nil
}

// parseExplain reads EXPLAIN, DESCRIBE and DESC: of a question, of a SELECT, or of a table.
func parseExplain(c cursor, o Options) (Command, error) {
	c.next()
	e := &Explain{}
	for c.accept("EXTENDED") || c.accept("PARTITIONS") {
	}
	if c.accept("FORMAT") {
		if !c.punct("=") {
			return nil, syntax("FORMAT needs = and a name.", "Write EXPLAIN FORMAT = JSON SELECT ….")
		}
		e.Format = strings.ToLower(lex.Unquote(c.str(), c.mode))
		c.next()
		switch e.Format {
		case "traditional", "row":
			e.Format = ""
		case "json", "tree", "receipt":
		default:
			return nil, unsupported("EXPLAIN in that format", "The formats are TRADITIONAL, JSON, TREE and RECEIPT.")
		}
	}
	switch {
	case c.word(o.Word):
		if ahead := c; e.Format == "" || e.Format == "receipt" {
			ahead.next()
			if !ahead.end() && !ahead.is(".") {
				return explainAsk(c, o)
			}
		}
	case c.oneOf("SELECT", "WITH") || c.is("("):
		e.SQL = c.rest()
		for ; c.tok.Kind != lex.EOF; c.next() {
			e.Markers = e.Markers || c.tok.Kind == lex.Param
		}
		return e, nil
	case c.oneOf("ANALYZE", "FOR", "INSERT", "UPDATE", "DELETE", "REPLACE"):
		return nil, unsupported("EXPLAIN "+strings.ToUpper(c.str()), "EXPLAIN SELECT … is the form that is served.")
	}
	if e.Format != "" {
		return nil, syntax("EXPLAIN needs a SELECT.", "Write EXPLAIN FORMAT = JSON SELECT ….")
	}
	return describe(c)
}

func explainAsk(c cursor, o Options) (Command, error) {
	cmd, err := parseAsk(c, o)
	if err != nil {
		return nil, err
	}
	a := cmd.(*Ask)
	if a.Verb != Rows {
		return nil, unsupported("EXPLAIN of ASK "+strings.ToUpper(a.Verb.String()), "Write EXPLAIN ASK 'your question'.")
	}
	a.Verb = Receipt
	return a, nil
}

// describe reads t [column | 'pattern'], which is SHOW COLUMNS.
func describe(c cursor) (Command, error) {
	s := &Show{What: Columns, Limit: -1}
	var ok bool
	if s.DB, s.Table, ok = c.table(); !ok {
		return nil, syntax("DESCRIBE needs the name of a table.", "SHOW TABLES lists those that you may read.")
	}
	switch {
	case c.tok.Kind == lex.String:
		s.like(&c)
	case !c.end():
		if s.Column, ok = c.name(); !ok {
			return nil, syntax("DESCRIBE is followed by text that is not understood.", "Write DESCRIBE table [column].")
		}
	}
	if !c.end() {
		return nil, syntax("DESCRIBE is followed by text that is not understood.", "Write DESCRIBE table [column].")
	}
	return s, nil
}
