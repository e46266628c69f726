package nl

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

// readIn are the dates and amounts of a question that a saved question's SQL holds, with the values of its parameters. What the SQL
// computes in another way is left out, so that nothing is claimed that does not happen.
func (r *reading) readIn(m match) []string {
	var out []string
	for _, d := range r.dates {
		if d.boundsIn(m.sql) {
			out = append(out, d.String())
		}
	}
	for _, p := range m.saved.Params {
		if v, ok := m.args[p.Name]; ok && p.Type != askwire.PeriodParam {
			out = append(out, p.Name+": "+data(v.Text, 100))
		}
	}
	return out
}

// boundsIn reports whether SQL holds the first day of the range, in one of the forms in which dates are stored.
func (d dateRange) boundsIn(sql string) bool {
	return slices.ContainsFunc([]string{time.DateOnly, "20060102", "'2006-01'", "'200601'"}, func(layout string) bool {
		return strings.Contains(sql, d.from.Format(layout))
	})
}

// days is the period for people: the last day is part of it.
func (d dateRange) days() string {
	from, last := d.from.Format(time.DateOnly), d.to.AddDate(0, 0, -1).Format(time.DateOnly)
	if from == last {
		return d.phrase + ": " + from
	}
	return d.phrase + ": " + from + " ~ " + last
}

// asRead says behind a text how the question was read: periods that depend on today and amounts that stand in the SQL, and the
// likelier of two readings. With it the text keeps within the profile's answer_chars.
func (a *Asker) asRead(q *askwire.Question, p *askwire.Plan, text string) string {
	if text == "" || p == nil {
		return text
	}
	var said []string
	for _, d := range a.reading(q).dates {
		if d.relative && d.boundsIn(p.Draft) && !strings.Contains(text, d.from.Format(time.DateOnly)) {
			said = append(said, data(d.days(), 200))
		}
	}
	for _, m := range resolveAmounts(normalise(q.Text)) {
		if !slices.ContainsFunc(m.numbers(), func(n string) bool { return !says(p.Draft, n) }) {
			said = append(said, data(m.phrase+": "+m.bounds, 200))
		}
	}
	ko := korean(languageOf(q))
	if len(p.Readings) > 1 {
		as := "Read as: "
		if ko {
			as = "이렇게 읽었습니다: "
		}
		said = append(said, as+sentence(data(p.Readings[0], 200)))
	}
	if len(said) == 0 {
		return text
	}
	aside := " (" + strings.Join(said, "; ") + ")"
	limit := q.Profile.AnswerChars
	if limit <= 0 {
		limit = answerChars
	}
	if room := limit - utf8.RuneCountInString(aside); room >= limit/3 {
		text = shorten(text, room)
	}
	return text + aside
}

// numbers are those of the bounds.
func (m amount) numbers() []string {
	return slices.DeleteFunc(strings.Fields(m.bounds), func(w string) bool { return w[0] < '0' || w[0] > '9' })
}
