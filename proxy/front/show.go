package front

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// ShowKind is what a SHOW shows.
type ShowKind uint8

const (
	Databases ShowKind = iota
	ShowTables
	Columns
	Indexes
	TableStatus
	Collations
	CharacterSets
	CreateTable
	CreateView
	CreateDatabase
	Variables
	Status
	Warnings
	Errors
	CountWarnings
	CountErrors
	Engines
	ProcessList
	Grants
	Plugins
	Privileges
	ProcedureStatus
	FunctionStatus
	Triggers
	Events
	OpenTables
	Profiles
	Profiling
)

// Show is a SHOW or DESCRIBE statement. Those up to CharacterSets become SELECTs (Select); the proxy answers the others.
type Show struct {
	What          ShowKind
	Full          bool
	Global        bool   // SHOW GLOBAL VARIABLES | STATUS
	DB            string // as written; "" = the session's
	Table, Column string
	Like          *string  // pattern of LIKE
	LikeText      string   // the same as written, quotes included
	Where         string   // expression of WHERE, as written
	Offset, Limit int64    // of SHOW WARNINGS and SHOW ERRORS; Limit is -1 without one
	User          string   // SHOW GRANTS FOR
	Order         []string // of SHOW INDEX: the names of the indexes, as they are to come; nil = by name
}

// ShowAsk is SHOW ASK STATUS | PROFILES | TABLES | HISTORY | LIMITS | SUGGESTIONS | SAVED | CANDIDATES.
type ShowAsk struct {
	What string // lower case
	Like *string
}

// parseShow reads from the word SHOW on.
func parseShow(c cursor, o Options) (Command, error) {
	if text, ok := unwrapped(c); ok { // SHOW /*!50002 GLOBAL */ STATUS
		return Parse(text, o)
	}
	c.next()
	if c.word(o.Word) {
		return showAsk(c)
	}
	s := &Show{Limit: -1}
	c.accept("EXTENDED")
	if c.accept("FULL") {
		s.Full = true
	}
	first := strings.ToUpper(c.str())
	if first == "GLOBAL" || first == "SESSION" || first == "LOCAL" {
		s.Global = first == "GLOBAL"
		c.next()
		if !c.oneOf("VARIABLES", "STATUS") {
			return nil, unsupported("SHOW "+first+" of that", "VARIABLES and STATUS can follow.")
		}
	}
	parse := shows[strings.ToUpper(c.str())]
	if c.tok.Kind != lex.Ident || parse == nil {
		return nil, unsupported("SHOW "+strings.ToUpper(strings.TrimSpace(short(c.rest()))),
			"Served are SHOW DATABASES, TABLES, COLUMNS, INDEX, CREATE TABLE, TABLE STATUS, VARIABLES, STATUS, WARNINGS, PROCESSLIST, GRANTS and SHOW ASK.")
	}
	if err := parse(s, &c); err != nil {
		return nil, err
	}
	if err := s.narrow(&c); err != nil {
		return nil, err
	}
	if !c.end() {
		return nil, syntax("SHOW is followed by text that is not understood.", "LIKE 'pattern' or WHERE condition may follow.")
	}
	return s, nil
}

func short(s string) string {
	if f := strings.Fields(s); len(f) > 2 {
		s = strings.Join(f[:2], " ")
	}
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.ToValidUTF8(s, "?")
}

var askLists = []string{"status", "profiles", "tables", "history", "limits", "suggestions", "saved", "candidates"}

func showAsk(c cursor) (Command, error) {
	c.next()
	for _, l := range askLists {
		if !c.accept(l) {
			continue
		}
		like := &Show{}
		if err := like.narrow(&c); err != nil || like.Where != "" || !c.end() {
			return nil, syntax("SHOW ASK "+strings.ToUpper(l)+" is followed by text that is not understood.", "LIKE 'pattern' may follow.")
		}
		return &ShowAsk{What: l, Like: like.Like}, nil
	}
	return nil, unsupported("That SHOW ASK", "The lists are SHOW ASK STATUS, PROFILES, TABLES, HISTORY, LIMITS, SUGGESTIONS, SAVED and CANDIDATES.")
}

type showParser func(s *Show, c *cursor) error

var shows map[string]showParser

func init() {
	shows = map[string]showParser{
		"DATABASES": kind(Databases), "SCHEMAS": kind(Databases),
		"TABLES":  inDatabase(ShowTables),
		"COLUMNS": ofTable(Columns), "FIELDS": ofTable(Columns),
		"INDEX": ofTable(Indexes), "INDEXES": ofTable(Indexes), "KEYS": ofTable(Indexes),
		"TABLE":     second("STATUS", inDatabase(TableStatus)),
		"CREATE":    showCreate,
		"COUNT":     showCount,
		"VARIABLES": kind(Variables), "STATUS": kind(Status),
		"WARNINGS": limited(Warnings), "ERRORS": limited(Errors),
		"ENGINES": kind(Engines), "STORAGE": second("ENGINES", kind(Engines)),
		"COLLATION": kind(Collations), "CHARSET": kind(CharacterSets), "CHARACTER": second("SET", kind(CharacterSets)),
		"CHAR":        second("SET", kind(CharacterSets)),
		"PROCESSLIST": kind(ProcessList), "PLUGINS": kind(Plugins), "PRIVILEGES": kind(Privileges),
		"GRANTS":    showGrants,
		"PROCEDURE": second("STATUS", kind(ProcedureStatus)), "FUNCTION": second("STATUS", kind(FunctionStatus)),
		"PACKAGE":  packageStatus,
		"PROFILES": kind(Profiles), "PROFILE": kind(Profiling),
		"MASTER": ofServer, "BINARY": ofServer, "BINLOG": ofServer, "SLAVE": ofServer, "ALL": ofServer, "REPLICA": ofServer, "REPLICAS": ofServer,
		"RELAYLOG": ofServer, "ENGINE": ofServer,
		"TRIGGERS": inDatabase(Triggers), "EVENTS": inDatabase(Events), "OPEN": second("TABLES", inDatabase(OpenTables)),
	}
}

func kind(k ShowKind) showParser {
	return func(s *Show, c *cursor) error {
		c.next()
		s.What = k
		return nil
	}
}

func second(word string, then showParser) showParser {
	return func(s *Show, c *cursor) error {
		first := strings.ToUpper(c.str())
		c.next()
		if !c.word(word) {
			return unsupported("SHOW "+first+" "+strings.ToUpper(short(c.str())), "SHOW "+first+" "+word+" is the form that is served.")
		}
		return then(s, c)
	}
}

// packageStatus reads PACKAGE [BODY] STATUS.
func packageStatus(s *Show, c *cursor) error {
	c.next()
	c.accept("BODY")
	s.What = ProcedureStatus
	if !c.accept("STATUS") {
		return unsupported("SHOW PACKAGE", "SHOW PACKAGE STATUS is the form that is served.")
	}
	return nil
}

// ofServer refuses what is about the server, in the words in which a server refuses it: tools know them.
func ofServer(_ *Show, c *cursor) error {
	return askwire.Errorf(askwire.PrivilegeDenied, "Access denied; you need a privilege on the server for SHOW %s.", strings.ToUpper(short(c.rest()))).
		WithHint("This connection shows your own scope; ask the operator about the server.")
}

// inDatabase reads [{FROM | IN} db].
func inDatabase(k ShowKind) showParser {
	return func(s *Show, c *cursor) error {
		c.next()
		s.What = k
		if c.accept("FROM") || c.accept("IN") {
			var ok bool
			if s.DB, ok = c.name(); !ok {
				return syntax("FROM needs the name of a database.", "SHOW DATABASES lists those that you may use.")
			}
		}
		return nil
	}
}

// ofTable reads {FROM | IN} [db.]t [{FROM | IN} db].
func ofTable(k ShowKind) showParser {
	return func(s *Show, c *cursor) error {
		c.next()
		s.What = k
		var ok bool
		if c.accept("FROM") || c.accept("IN") {
			s.DB, s.Table, ok = c.table()
		}
		if ok && (c.accept("FROM") || c.accept("IN")) {
			s.DB, ok = c.name()
		}
		if !ok {
			return syntax("This SHOW needs FROM and the name of a table.", "SHOW TABLES lists those that you may read.")
		}
		return nil
	}
}

func showCreate(s *Show, c *cursor) error {
	c.next()
	what := strings.ToUpper(c.str())
	ok := false
	switch {
	case c.accept("TABLE"):
		s.What = CreateTable
		s.DB, s.Table, ok = c.table()
	case c.accept("VIEW"):
		s.What = CreateView
		s.DB, s.Table, ok = c.table()
	case c.accept("DATABASE"), c.accept("SCHEMA"):
		s.What = CreateDatabase
		if c.accept("IF") {
			c.accept("NOT", "EXISTS")
		}
		s.DB, ok = c.name()
	default:
		return unsupported("SHOW CREATE "+short(what), "TABLE, VIEW and DATABASE can follow.")
	}
	if !ok {
		return syntax("SHOW CREATE "+what+" needs a name.", "SHOW TABLES and SHOW DATABASES list them.")
	}
	return nil
}

// showCount reads SHOW COUNT(*) WARNINGS | ERRORS.
func showCount(s *Show, c *cursor) error {
	c.next()
	if c.punct("(") && c.punct("*") && c.punct(")") {
		switch {
		case c.accept("WARNINGS"):
			s.What = CountWarnings
			return nil
		case c.accept("ERRORS"):
			s.What = CountErrors
			return nil
		}
	}
	return syntax("SHOW COUNT is not understood.", "Write SHOW COUNT(*) WARNINGS.")
}

// limited reads [LIMIT [offset,] count].
func limited(k ShowKind) showParser {
	return func(s *Show, c *cursor) error {
		c.next()
		s.What = k
		if !c.accept("LIMIT") {
			return nil
		}
		number := func() (n int64, ok bool) {
			n, err := strconv.ParseInt(c.str(), 10, 64)
			c.next()
			return n, err == nil && n >= 0
		}
		n, ok := number()
		if ok && c.punct(",") {
			s.Offset = n
			n, ok = number()
		} else if ok && c.accept("OFFSET") {
			s.Offset, ok = number()
		}
		if !ok {
			return syntax("LIMIT needs numbers.", "Write SHOW WARNINGS LIMIT 10.")
		}
		s.Limit = n
		return nil
	}
}

// showGrants reads [FOR {CURRENT_USER [()] | user [@ host]}].
func showGrants(s *Show, c *cursor) error {
	c.next()
	s.What = Grants
	if !c.accept("FOR") {
		return nil
	}
	if c.accept("CURRENT_USER") {
		if c.punct("(") && !c.punct(")") {
			return syntax("CURRENT_USER( is not closed.", "Write SHOW GRANTS.")
		}
		return nil
	}
	if c.tok.Kind != lex.Ident && !c.quoted() {
		return syntax("FOR needs the name of a user.", "SHOW GRANTS shows your own.")
	}
	s.User = lex.Unquote(c.str(), c.mode)
	c.next()
	if c.tok.Kind == lex.UserVar {
		c.next()
	}
	return nil
}

// narrow reads [LIKE 'pattern' | WHERE condition].
func (s *Show) narrow(c *cursor) error {
	switch {
	case c.accept("LIKE"):
		if c.tok.Kind != lex.String {
			return syntax("LIKE needs a pattern.", "Write it as a string: LIKE 'cust%'.")
		}
		s.like(c)
	case c.accept("WHERE"):
		if c.end() {
			return syntax("WHERE needs a condition.", "Write a condition on the columns that this SHOW returns.")
		}
		s.Where = c.rest()
		for c.tok.Kind != lex.EOF {
			c.next()
		}
	}
	return nil
}

func (s *Show) like(c *cursor) {
	p := lex.Unquote(c.str(), c.mode)
	s.Like, s.LikeText = &p, c.str()
	c.next()
}
