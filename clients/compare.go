package clients

import (
	"fmt"
	"strings"
)

// Difference is one place where the run through askwire is not as the direct one.
type Difference struct {
	Client    string
	Engine    string // mariadb or mysql
	On        string // wire, or the client's own interface: client
	Statement string // the text or command on the wire; the step of the script
	Field     string // such as Replies[0].Columns[2].Length
	Direct    string
	Proxied   string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s, %.160s, %s:\n\tdirect  %.400s\n\tthrough %.400s", d.On, d.Statement, d.Field, d.Direct, d.Proxied)
}

// Question is a question with the SQL that it stands for.
type Question struct {
	Step  string // of the script
	Asked string // what is sent to askwire
	Plain string // what is sent directly
	// Summary says that the answer has one more column than the SQL's rows.
	Summary bool
	// Value says that the answer is one text, in a column that has the type of long texts whatever the answer is.
	Value bool
	// Late says that the answer is described when it is executed: the statement is prepared with a marker and without columns.
	Late bool
}

// Comparison is what both runs of a client have to do with each other.
type Comparison struct {
	Client, Engine string
	Questions      []Question
	Suffix         string // of the version that askwire announces

	differences []Difference
}

// Differences are those found so far.
func (c *Comparison) Differences() []Difference { return c.differences }

func (c *Comparison) add(on, statement, field, direct, proxied string) {
	c.differences = append(c.differences, Difference{c.Client, c.Engine, on, statement, field, direct, proxied})
}

// question finds the question in a statement that went to askwire, which a client may have wrapped.
func (c *Comparison) question(text string) (q Question, ok bool) {
	for _, q := range c.Questions {
		if strings.Contains(text, q.Asked) {
			return q, true
		}
	}
	return Question{}, false
}

// Wire compares the connections of both runs in the order of their coming.
func (c *Comparison) Wire(direct, proxied []*Transcript) {
	if len(direct) != len(proxied) {
		c.add("wire", "connections", "count", fmt.Sprint(len(direct)), fmt.Sprint(len(proxied)))
	}
	for i := range min(len(direct), len(proxied)) {
		c.transcript(c.same(direct, i), c.same(proxied, i))
	}
}

func (c *Comparison) transcript(direct, proxied *Transcript) {
	c.fields("wire", "greeting", direct.Greeting, proxied.Greeting)
	c.fields("wire", "login", direct.Login, proxied.Login)
	a, b := c.withoutEarlyColumns(direct.Exchanges), c.answers(proxied.Exchanges)
	for _, pair := range align(a, b) {
		switch {
		case pair[1] < 0:
			c.add("wire", title(a[pair[0]]), "statement", "sent", "not sent")
		case pair[0] < 0:
			c.add("wire", title(b[pair[1]]), "statement", "not sent", "sent")
		default:
			statement := b[pair[1]]
			if statement.asked != "" {
				statement.Text = statement.asked
			}
			c.fields("wire", title(statement), a[pair[0]].Replies, b[pair[1]].Replies)
		}
	}
}
