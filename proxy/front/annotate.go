package front

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// Annotate is an INSERT, UPDATE or DELETE on one of the schema askwire's tables, with literals only.
type Annotate struct{ askwire.AnnotationEdit }

func (*Annotate) command() {}

const editForms = "Write INSERT INTO askwire.tables (column, …) VALUES ('…', …), UPDATE askwire.tables SET column = '…' WHERE column = '…' AND …, " +
	"or DELETE FROM askwire.tables WHERE column = '…' AND …, with literals."

// parseEdit reads INSERT, UPDATE and DELETE. Only those whose one table is in the schema askwire are the proxy's own; what
// any other writes is the guard's to refuse.
func parseEdit(c cursor, o Options) (Command, error) {
	start := c
	verb := strings.ToUpper(c.str())
	c.next()
	switch verb {
	case "INSERT":
		c.accept("INTO")
	case "DELETE":
		c.accept("FROM")
	}
	db, table, ok := c.table()
	if !ok || !strings.EqualFold(db, "askwire") {
		return scan(start, o)
	}
	a := &Annotate{}
	a.Of = askwire.AnnotationKind(strings.ToLower(table))
	var read func(*cursor) bool
	switch verb {
	case "INSERT":
		read = a.rows
	case "UPDATE":
		read = a.set
	default:
		read = a.where
	}
	if !read(&c) || !c.end() {
		return nil, syntax("This "+verb+" is not of the form that the schema askwire takes.", editForms)
	}
	return a, nil
}

// rows reads (column, …) VALUES (literal, …), ….
func (a *Annotate) rows(c *cursor) bool {
	var columns []string
	if !c.punct("(") {
		return false
	}
	for {
		name, ok := c.name()
		if !ok {
			return false
		}
		columns = append(columns, strings.ToLower(name))
		if c.punct(")") {
			break
		}
		if !c.punct(",") {
			return false
		}
	}
	if !c.accept("VALUES") && !c.accept("VALUE") {
		return false
	}
	for {
		if !c.punct("(") {
			return false
		}
		row := make(map[string]string, len(columns))
		for i, name := range columns {
			if i > 0 && !c.punct(",") {
				return false
			}
			if _, twice := row[name]; twice {
				return false
			}
			v, ok := c.literal()
			if !ok {
				return false
			}
			row[name] = v
		}
		if !c.punct(")") {
			return false
		}
		a.Rows = append(a.Rows, row)
		if !c.punct(",") {
			return true
		}
	}
}

// set reads SET column = literal, … WHERE ….
func (a *Annotate) set(c *cursor) bool {
	if !c.accept("SET") {
		return false
	}
	a.Set = map[string]string{}
	for {
		if !c.equal(a.Set) {
			return false
		}
		if !c.punct(",") {
			return a.where(c)
		}
	}
}

// where reads WHERE column = literal AND …. Without one, it is for the store to say that it needs one.
func (a *Annotate) where(c *cursor) bool {
	if c.end() {
		return true
	}
	if !c.accept("WHERE") {
		return false
	}
	a.Where = map[string]string{}
	for {
		if !c.equal(a.Where) {
			return false
		}
		if !c.accept("AND") {
			return true
		}
	}
}

// equal passes column = literal.
func (c *cursor) equal(into map[string]string) bool {
	name, ok := c.name()
	name = strings.ToLower(name)
	if _, twice := into[name]; !ok || twice || !c.punct("=") {
		return false
	}
	v, ok := c.literal()
	into[name] = v
	return ok
}

// literal passes a string, or NULL, which is the empty text here.
func (c *cursor) literal() (string, bool) {
	switch {
	case c.tok.Kind == lex.String && strings.ContainsAny(c.str()[:1], `'"`):
		s := lex.Unquote(c.str(), c.mode)
		c.next()
		return s, c.tok.Kind != lex.String // 'a' 'b' is one text to MySQL
	case c.word("NULL"):
		c.next()
		return "", true
	}
	return "", false
}
