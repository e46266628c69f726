package clients

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// same gives a transcript in which ids of connections and the announced version are as in every other run.
func (c *Comparison) same(run []*Transcript, at int) *Transcript {
	t := *run[at]
	ids := map[string]string{}
	for i, other := range run {
		ids[fmt.Sprint(other.Greeting.ID)] = fmt.Sprintf("<connection %d>", i)
	}
	t.Greeting.Version = c.version(t.Greeting.Version)
	t.Exchanges = withoutPipelined(slices.DeleteFunc(slices.Clone(t.Exchanges), func(e Exchange) bool { return intoOneSide.MatchString(e.Text) }))
	for i, e := range t.Exchanges {
		if killing.MatchString(e.Text) {
			e.Text = number.ReplaceAllStringFunc(e.Text, func(n string) string {
				if id, ok := ids[n]; ok {
					return id
				}
				return n
			})
		}
		naming := namingConnection.MatchString(e.Text)
		e.Replies = slices.Clone(e.Replies)
		for j, r := range e.Replies {
			if r.OK != nil && r.OK.Tracked != "" {
				ok := *r.OK
				ok.Tracked = inOrder(ok.Tracked)
				e.Replies[j].OK = &ok
			}
			e.Replies[j].Text = c.version(uptime.ReplaceAllString(r.Text, ""))
			if r.Rows == nil {
				continue
			}
			if r.Error != nil && r.Rows.Count == 0 {
				// A server may have described the rows before it finds that there will be none.
				e.Replies[j].Columns, e.Replies[j].Rows, e.Replies[j].Described = nil, nil, true
				continue
			}
			rows := *r.Rows
			rows.First = slices.DeleteFunc(slices.Clone(rows.First), func(row []*string) bool {
				return listing.MatchString(e.Text) && len(row) > 0 && row[0] != nil && outside(*row[0], len(row))
			})
			rows.Count -= len(r.Rows.First) - len(rows.First)
			for k, row := range rows.First {
				row = slices.Clone(row)
				for l, v := range row {
					if v == nil {
						continue
					}
					s := c.version(*v)
					if n := len(*v) - len(s); n > 0 && rows.Count == 1 {
						r.Columns = shorter(r.Columns, l, n)
					}
					s = loopback.ReplaceAllString(s, "$1@127.0.0.1")
					if id, ok := ids[s]; ok && naming {
						s = id
					}
					row[l] = &s
				}
				rows.First[k] = row
			}
			if rows.Count == len(rows.First) {
				rows.Sum = "" // all that it sums up is there
			}
			e.Replies[j].Columns, e.Replies[j].Rows = r.Columns, &rows
		}
		t.Exchanges[i] = e
	}
	hungUp(t.Exchanges)
	return &t
}

// withoutPipelined leaves out the execution, and the closing, that clients send along with a PREPARE which then fails. They do so to a MariaDB
// that offers to execute in bulk; askwire does not offer it.
func withoutPipelined(all []Exchange) (out []Exchange) {
	for i := 0; i < len(all); i++ {
		e := all[i]
		if e.Command == "COM_STMT_EXECUTE" && e.Text == "" && len(e.Replies) == 1 && e.Replies[0].Error != nil && e.Replies[0].Error.Number == unknownStatement {
			if i+1 < len(all) && all[i+1].Command == "COM_STMT_CLOSE" {
				i++
			}
			continue
		}
		out = append(out, e)
	}
	return out
}

const unknownStatement = 1243

// inOrder puts the changes of a session's state in one order: servers tell them in that of a hash table. Each is 1 byte type and a
// length-encoded string.
func inOrder(tracked string) string {
	var all []string
	for r := (reader{b: []byte(tracked)}); len(r.b) > 0; {
		before := r.b
		r.take(1)
		r.lenencBytes()
		if r.err != nil {
			return tracked
		}
		all = append(all, string(before[:len(before)-len(r.b)]))
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// hungUp makes one of what a server may say to a client that is gone: nothing, or that its statement was interrupted.
func hungUp(all []Exchange) {
	if len(all) == 0 {
		return
	}
	last := &all[len(all)-1]
	for i, r := range last.Replies {
		if r.Cut || r.Error != nil && r.Error.Number == 1317 {
			last.Replies[i] = Reply{Cut: true}
		}
	}
}

// onOneSide are schemas that one side alone lists: that of saved questions, and one of MySQL's, which is in nobody's profile.
var onOneSide = map[string]bool{"ask": true, "performance_schema": true}

// outside reports whether a row of a listing is about a schema that one side alone lists; information_schema is listed by both, its tables
// by servers alone. A list of schemas has one column.
func outside(schema string, columns int) bool {
	return onOneSide[schema] || schema == "information_schema" && columns > 1
}

// shorter takes n characters from the length of a column, which is that of its value.
func shorter(columns []Column, at, n int) []Column {
	columns = slices.Clone(columns)
	width := uint32(4)
	if columns[at].Charset == utf8mb3 {
		width = 3
	}
	columns[at].Length -= width * uint32(n)
	return columns
}

var (
	killing          = regexp.MustCompile(`(?i)^\s*KILL\b`)
	number           = regexp.MustCompile(`\d+`)
	namingConnection = regexp.MustCompile(`(?i)connection_id\s*\(|pseudo_thread_id`)
	// loopback: a server asks the resolver who 127.0.0.1 is, askwire does not.
	loopback = regexp.MustCompile(`^(\w+)@localhost$`)
	// intoOneSide is what clients ask about each schema that is listed: about those of onOneSide, and about information_schema, of which
	// askwire lists no tables.
	intoOneSide = regexp.MustCompile("(?i)^SHOW FULL TABLES FROM `(ask|performance_schema|information_schema)`")
	listing     = regexp.MustCompile(`(?i)SHOW\s+(DATABASES|SCHEMAS)|information_schema`)
	uptime      = regexp.MustCompile(`\d+(\.\d+)?`)
)

func (c *Comparison) version(s string) string {
	if c.Suffix == "" {
		return s
	}
	return strings.ReplaceAll(s, c.Suffix, "")
}
