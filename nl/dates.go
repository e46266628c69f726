package nl

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// dateRange is a phrase of the question that names a time, resolved to the half-open range [from, to) of days.
type dateRange struct {
	phrase   string
	from, to time.Time
	rule     string // why, in English, for the prompt
	relative bool   // depends on today

	start, end int // bytes in the normalised question
	bare       int // month (1-12) when only a month was named
	year       bool
}

// String is the line of the prompt.
func (d dateRange) String() string {
	return fmt.Sprintf("%s: from %s (inclusive) to %s (exclusive); %s",
		d.phrase, d.from.Format(time.DateOnly), d.to.Format(time.DateOnly), d.rule)
}

// resolveDates finds the time phrases of a normalised question, Korean and English. Weeks begin on Monday; "최근 N" and
// "last N" ranges end with today, which they include; "지난달" and "last month" are whole calendar units.
func resolveDates(text string, now time.Time, zone *time.Location) []dateRange {
	cal := calendar{today: midnight(now, zone)}
	var found []dateRange
	taken := make([]bool, len(text))
	for _, rule := range dateRules {
		if !rule.might(text) {
			continue
		}
		for _, m := range rule.re.FindAllStringSubmatchIndex(text, -1) {
			start, end := m[0], m[1]
			if len(m) >= 4 && rule.group && m[2] >= 0 { // group 1 is the phrase when the rule needs context around it
				start, end = m[2], m[3]
			}
			if anyTaken(taken[start:end]) || hasAnyPrefix(text[end:], rule.not) {
				continue
			}
			args := make([]string, 0, len(m)/2)
			for i := 2; i < len(m); i += 2 {
				if m[i] < 0 {
					args = append(args, "")
				} else {
					args = append(args, text[m[i]:m[i+1]])
				}
			}
			var d dateRange
			ok := false
			if !rule.swallow {
				if d, ok = rule.resolve(cal, args); !ok {
					continue
				}
			}
			for i := start; i < end; i++ {
				taken[i] = true
			}
			if !ok {
				continue
			}
			d.phrase, d.start, d.end = strings.TrimSpace(text[start:end]), start, end
			d.relative = d.relative || rule.relative
			found = append(found, d)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].start < found[j].start })
	return joinRanges(text, found, cal)
}

func anyTaken(b []bool) bool {
	for _, t := range b {
		if t {
			return true
		}
	}
	return false
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// joinRanges makes one range of "1월부터 3월까지" and "from January to March".
func joinRanges(text string, found []dateRange, cal calendar) []dateRange {
	var out []dateRange
	for _, d := range found {
		if len(out) == 0 {
			out = append(out, d)
			continue
		}
		a := &out[len(out)-1]
		switch sep := strings.TrimSpace(text[a.end:d.start]); sep {
		case "부터", "에서", "~", "-", "–", "to", "through", "until", "till", "and":
			if sep == "and" && !strings.HasSuffix(strings.TrimRight(text[:a.start], " "), "between") {
				break
			}
			if d.bare > 0 && (a.year || a.bare > 0) { // "작년 1월부터 3월까지": March of the same year
				if from, to := cal.month(a.from.Year(), d.bare); from.After(a.from) {
					d.from, d.to = from, to
				}
			}
			if a.bare > 0 && d.year && !d.relative { // "from January to March 2025"
				if from, _ := cal.month(d.from.Year(), a.bare); from.Before(d.to) {
					a.from, a.relative = from, false
				}
			}
			if d.to.After(a.from) {
				tail := ""
				if strings.HasPrefix(text[d.end:], "까지") {
					tail = "까지"
				}
				a.phrase = text[a.start:d.end] + tail
				a.to, a.end = d.to, d.end+len(tail)
				a.relative = a.relative || d.relative
				a.rule = "both ends included"
				continue
			}
		}
		out = append(out, d)
	}
	return out
}

// calendar computes ranges around one day. All times are midnights of today's zone; days are counted by the calendar, so
// that a day of 23 or 25 hours is one day.
type calendar struct{ today time.Time }

func (c calendar) date(y, m, d int) time.Time {
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, c.today.Location())
}

func (c calendar) day(offset int) (from, to time.Time) {
	y, m, d := c.today.Date()
	return c.date(y, int(m), d+offset), c.date(y, int(m), d+offset+1)
}

// week is Monday to Sunday, offset weeks from this one.
func (c calendar) week(offset int) (from, to time.Time) {
	back := (int(c.today.Weekday()) + 6) % 7
	y, m, d := c.today.Date()
	return c.date(y, int(m), d-back+7*offset), c.date(y, int(m), d-back+7*offset+7)
}

func (c calendar) weekend(offset int) (from, to time.Time) {
	from, to = c.week(offset)
	return from.AddDate(0, 0, 5), to
}

func (c calendar) month(y, m int) (from, to time.Time) { return c.date(y, m, 1), c.date(y, m+1, 1) }

func (c calendar) monthOffset(offset int) (from, to time.Time) {
	y, m, _ := c.today.Date()
	return c.month(y, int(m)+offset)
}

func (c calendar) quarter(y, q int) (from, to time.Time) {
	return c.date(y, 3*q-2, 1), c.date(y, 3*q+1, 1)
}

func (c calendar) quarterOffset(offset int) (from, to time.Time) {
	return c.quarter(c.today.Year(), (int(c.today.Month())+2)/3+offset)
}

func (c calendar) half(y, h int) (from, to time.Time) {
	return c.date(y, 6*h-5, 1), c.date(y, 6*h+1, 1)
}

func (c calendar) year(y int) (from, to time.Time) { return c.date(y, 1, 1), c.date(y+1, 1, 1) }

// lastDays is the n days that end with today.
func (c calendar) lastDays(n int) (from, to time.Time) {
	y, m, d := c.today.Date()
	return c.date(y, int(m), d-n+1), c.date(y, int(m), d+1)
}

// lastMonths is n months that end with today. A day that its month does not have becomes that month's last.
func (c calendar) lastMonths(n int) (from, to time.Time) {
	_, to = c.day(0)
	y, m, d := to.Date()
	first := c.date(y, int(m)-n, 1)
	return c.date(first.Year(), int(first.Month()), min(d, daysIn(first))), to
}

func daysIn(first time.Time) int { return first.AddDate(0, 1, -1).Day() }

// latestMonth is the year in which month m began last.
func (c calendar) latestMonth(m int) int {
	if m > int(c.today.Month()) {
		return c.today.Year() - 1
	}
	return c.today.Year()
}
