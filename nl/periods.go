package nl

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// A model writes the dates of "last month" into its draft as literals, which are right on the day of the question only.
// When a question is saved, the literals that are bounds of a period which its words name become placeholders, computed
// anew each time. What cannot be carried over like that is refused: a saved question must not answer with old dates.

// periodBound is one date of a resolved period: :period1_from, for instance.
type periodBound struct {
	period int // from 1, in the order of the question
	kind   string
}

func (b periodBound) String() string { return fmt.Sprintf("period%d_%s", b.period, b.kind) }

func parsePeriodBound(name string) (periodBound, bool) {
	period, kind, ok := askwire.PeriodBound(name)
	return periodBound{period, kind}, ok
}

// value is the bound's text on the day for which the periods were resolved.
func (b periodBound) value(periods []dateRange) (string, bool) {
	if b.period > len(periods) || !periods[b.period-1].relative {
		return "", false
	}
	p := periods[b.period-1]
	last := p.to.AddDate(0, 0, -1).Format(time.DateOnly)
	switch b.kind {
	case "from":
		return p.from.Format(time.DateOnly), true
	case "to":
		return p.to.Format(time.DateOnly), true
	case "last":
		return last, true
	default:
		return last + " 23:59:59", true
	}
}

// arguments are the values of the placeholders of a stored question's SQL at the time of q.
func periodArguments(question, sql string, now time.Time, zone *time.Location) (map[string]askwire.Value, bool) {
	names := placeholders(sql)
	args := make(map[string]askwire.Value, len(names))
	if len(names) == 0 {
		return args, true
	}
	periods := resolveDates(normalise(question), now, zone)
	for _, name := range names {
		b, ok := parsePeriodBound(name)
		if !ok {
			continue // a parameter
		}
		text, ok := b.value(periods)
		if !ok {
			return nil, false
		}
		args[name] = askwire.Value{Kind: askwire.String, Text: text}
	}
	return args, true
}

var (
	midnightTail = regexp.MustCompile(` 00:00:00(\.0+)?$`)
	aYear        = regexp.MustCompile(`(?:19|20)\d\d`)
	todayWords   = map[string]bool{
		"CURDATE": true, "CURRENT_DATE": true, "NOW": true, "CURRENT_TIMESTAMP": true, "SYSDATE": true, "LOCALTIME": true,
		"LOCALTIMESTAMP": true, "UTC_DATE": true, "UTC_TIMESTAMP": true, "UNIX_TIMESTAMP": true,
	}
)

// withPeriods puts placeholders in place of the literals that belong to the question's periods. at is when the SQL was
// written; params are placeholders that are there already.
func withPeriods(question, sql string, params []askwire.Param, at time.Time, zone *time.Location) (string, error) {
	text := normalise(question)
	periods := resolveDates(text, at, zone)
	found := make([]bool, len(periods))
	looksAtClock := false
	var out strings.Builder
	done := 0
	for _, t := range scanSQL(sql) {
		switch t.kind {
		case tokParam:
			if !slices.ContainsFunc(params, func(p askwire.Param) bool { return ":"+p.Name == sql[t.start:t.end] }) {
				return "", datedError("it holds a placeholder")
			}
		case tokWord:
			looksAtClock = looksAtClock || todayWords[t.upper(sql)]
		case tokString, tokDouble:
			v := midnightTail.ReplaceAllString(sql[t.start+1:max(t.end-1, t.start+1)], "")
			b, fits, ok := boundOf(v, text, periods, at, zone)
			if !ok {
				return "", datedError("the date " + quoteShort(v) + " could be the bound of two periods")
			}
			if !fits {
				continue
			}
			found[b.period-1] = true
			out.WriteString(sql[done:t.start])
			out.WriteString(":" + b.String())
			done = t.end
		}
	}
	out.WriteString(sql[done:])
	for i, p := range periods {
		if p.relative && !found[i] && !looksAtClock {
			return "", datedError("its SQL does not show where " + quoteShort(p.phrase) + " went")
		}
	}
	if year := frozenYear(out.String(), text, periods, at); year != "" {
		return "", datedError("its SQL names the year " + year + ", which the question does not")
	}
	return out.String(), nil
}

func datedError(why string) error {
	return askwire.Errorf(askwire.StaleQuestion, "The question cannot be saved, because its SQL belongs to the day on which it was written: %s.", why).
		WithHint("Run an edited form that uses CURDATE(), with ASK RUN id AS '…', and save that.")
}

func quoteShort(s string) string { return "'" + cut(data(s, 40), 40) + "'" }

// boundOf finds the bound that a literal is. Where several have this value, they must have equal values on other days too.
func boundOf(v, text string, periods []dateRange, at time.Time, zone *time.Location) (b periodBound, fits, ok bool) {
	var same []periodBound
	for i := range periods {
		for _, kind := range askwire.PeriodKinds {
			b := periodBound{i + 1, kind}
			if s, ok := b.value(periods); ok && s == v {
				same = append(same, b)
			}
		}
	}
	if len(same) == 0 || len(periods) > 9 {
		return b, false, true
	}
	for _, days := range []int{1, 13, 37, 101, 211, 400} {
		other := resolveDates(text, at.AddDate(0, 0, days), zone)
		first, ok := same[0].value(other)
		if !ok {
			return b, true, false
		}
		for _, c := range same[1:] {
			if s, ok := c.value(other); !ok || s != first {
				return b, true, false
			}
		}
	}
	return same[0], true, true
}

// frozenYear is a year around at's that the SQL names and the question does not, or "".
func frozenYear(sql, text string, periods []dateRange, at time.Time) string {
	said := make(map[string]bool)
	for _, y := range aYear.FindAllString(text, -1) {
		said[y] = true
	}
	for _, p := range periods {
		if !p.relative {
			said[strconv.Itoa(p.from.Year())], said[strconv.Itoa(p.to.Year())] = true, true
		}
	}
	for y := at.Year() - 1; y <= at.Year()+1; y++ {
		year := strconv.Itoa(y)
		if !said[year] && strings.Contains(sql, year) {
			return year
		}
	}
	return ""
}
