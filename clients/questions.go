package clients

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// answers gives the exchanges with each question replaced by its SQL, and its answer by the rows of that.
func (c *Comparison) answers(all []Exchange) []Exchange {
	var out []Exchange
	asked := false // the last statement was a question
	for _, e := range all {
		q, ok := c.question(e.Text)
		if !ok {
			if showsWarnings.MatchString(e.Text) && asked {
				e.Replies = withoutNotes(e.Replies)
			} else if e.Command == "COM_PING" && asked {
				e.Replies = unnoted(e.Replies)
			} else if e.Text != "" && !countsWarnings.MatchString(e.Text) {
				asked = false
			}
			out = append(out, e)
			continue
		}
		asked = true
		e.asked, e.Text = e.Text, strings.ReplaceAll(e.Text, q.Asked, q.Plain)
		e.Replies = slices.Clone(e.Replies)
		for i, r := range e.Replies {
			e.Replies[i] = c.answer(e, r, q)
		}
		out = append(out, e)
	}
	return out
}

var (
	showsWarnings  = regexp.MustCompile(`(?i)^\s*SHOW\s+WARNINGS`)
	countsWarnings = regexp.MustCompile(`(?i)@@warning_count|SHOW\s+COUNT\(\*\)\s+WARNINGS`)
)

// withoutNotes takes the rows away that say where an answer came from.
func withoutNotes(replies []Reply) []Reply {
	replies = slices.Clone(replies)
	for i, r := range replies {
		if r.Rows == nil {
			continue
		}
		replies[i].Rows = &Rows{}
	}
	return replies
}

// unnoted takes the number of notes out of an OK, which MySQL repeats at a ping.
func unnoted(replies []Reply) []Reply {
	replies = slices.Clone(replies)
	for i, r := range replies {
		if r.OK != nil {
			ok := *r.OK
			ok.Warnings = 0
			replies[i].OK = &ok
		}
	}
	return replies
}

// answer takes the summary out, whose column is the last.
func (c *Comparison) answer(e Exchange, r Reply, q Question) Reply {
	if r.OK != nil && e.Command != "COM_STMT_PREPARE" {
		ok := *r.OK
		ok.Warnings = 0 // the notes of the question
		r.OK = &ok
	}
	if q.Late && e.Command == "COM_STMT_PREPARE" {
		if len(r.Columns) != 0 || len(r.Params) != 1 {
			c.add("wire", q.Asked, "Late", "one marker, no columns", fmt.Sprintf("%d markers, %d columns", len(r.Params), len(r.Columns)))
		}
		r.Columns, r.Params = nil, nil
		return r
	}
	if q.Value && len(r.Columns) > 0 {
		if len(r.Columns) != 1 || r.Columns[0].Type != typeBlob {
			c.add("wire", q.Asked, "value", "one long text", fmt.Sprint(r.Columns))
		}
		r.Columns = nil
		return r
	}
	if !q.Summary || len(r.Columns) == 0 {
		return r
	}
	last := len(r.Columns) - 1
	if name := r.Columns[last].Name; name != "summary" {
		c.add("wire", q.Asked, "summary", "summary", name)
	}
	r.Columns = r.Columns[:last]
	if r.Rows == nil {
		return r
	}
	rows := Rows{Count: r.Rows.Count}
	for i, row := range r.Rows.First {
		if worded := row[last] != nil && *row[last] != ""; worded != (i == 0) {
			c.add("wire", q.Asked, "summary", "in the first row alone", fmt.Sprintf("in row %d: %v", i, worded))
		}
		rows.First = append(rows.First, row[:last])
	}
	r.Rows = &rows
	return r
}

// withoutEarlyColumns takes the definitions away that the answer of a question does not have, or has later.
func (c *Comparison) withoutEarlyColumns(all []Exchange) []Exchange {
	all = slices.Clone(all)
	for i, e := range all {
		for _, q := range c.Questions {
			late := q.Late && e.Command == "COM_STMT_PREPARE"
			if (q.Value || late) && strings.Contains(e.Text, q.Plain) {
				all[i].Replies = slices.Clone(e.Replies)
				for j := range all[i].Replies {
					all[i].Replies[j].Columns = nil
				}
			}
		}
	}
	return all
}
