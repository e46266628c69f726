package nl

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateRule resolves one kind of phrase. Rules are tried in order and a byte of the question belongs to the first that
// takes it, so longer phrases stand before their parts.
type dateRule struct {
	hints    []string // one of these is in every phrase of the rule; none = always tried
	re       *regexp.Regexp
	group    bool     // group 1 is the phrase
	not      []string // what may not follow the phrase
	swallow  bool     // the phrase is taken without a meaning: "전년 동기" needs a period that only the model can find
	relative bool
	resolve  func(c calendar, arg []string) (dateRange, bool)
}

func (r dateRule) might(text string) bool {
	for _, h := range r.hints {
		if strings.Contains(text, h) {
			return true
		}
	}
	return len(r.hints) == 0
}

const (
	koCount = `(\d{1,4}|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열두|열한|열|일|이|삼|사|오|육|칠|팔|구|십)`
	enCount = `(\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a couple of|couple of)`
	koYear  = `(재작년|작년|지난\s?해|전년도?|올해|금년|이번\s?해|내년|(?:19|20)\d\d\s?년도?)`
	enMonth = `(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)`
)

var dateRules = []dateRule{
	// Full dates.
	{hints: digits, re: re(`((?:19|20)\d\d)\s?년\s?(\d{1,2})\s?월\s?(\d{1,2})\s?일`), resolve: exactDay},
	{hints: []string{"-", "/", "."}, re: re(`\b((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b`), resolve: exactDay},
	{hints: []string{"-", "/"}, re: re(`\b((?:19|20)\d\d)[-/](\d{1,2})\b`), resolve: exactMonth},
	{hints: monthHints, re: re(`\b` + enMonth + `\.? (\d{1,2})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		return exactDay(c, []string{a[2], strconv.Itoa(monthNumber(a[0])), a[1]})
	}},
	{hints: monthHints, re: re(`\b(\d{1,2})(?:st|nd|rd|th)? ` + enMonth + `\.? ((?:19|20)\d\d)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		return exactDay(c, []string{a[2], strconv.Itoa(monthNumber(a[1])), a[0]})
	}},

	// The same period of last year.
	{hints: []string{"전년", "작년", "지난해"}, re: re(`(?:전년도?|작년|지난\s?해)\s?(?:동월|같은\s?달)`), relative: true, resolve: func(c calendar, _ []string) (dateRange, bool) {
		from, to := c.month(c.today.Year()-1, int(c.today.Month()))
		return ranged(from, to, "this month's name, last year")
	}},
	{hints: []string{"동기", "같은"}, re: re(`(?:전년도?|작년|지난\s?해)\s?(?:동기|같은\s?기간)`), swallow: true},
	{hints: []string{"same period"}, re: re(`same period (?:of |in )?last year`), swallow: true},

	// To date.
	{hints: []string{"들어", "이후", "부터", "지금까지"}, re: re(`(?:올해|금년)\s?(?:들어(?:서)?|초부터|부터\s?지금까지)|연초\s?(?:부터|이후)`), relative: true, resolve: yearToDate},
	{hints: []string{"들어", "초부터"}, re: re(`(?:이번\s?달|이달)\s?(?:들어(?:서)?|초부터)`), relative: true, resolve: monthToDate},
	{hints: []string{"ytd", "to date", "so far"}, re: re(`\bytd\b|\byear[ -]to[ -]date\b|\b(?:so far this year|this year so far)\b`), relative: true, resolve: yearToDate},
	{hints: []string{"mtd", "to date", "so far"}, re: re(`\bmtd\b|\bmonth[ -]to[ -]date\b|\b(?:so far this month|this month so far)\b`), relative: true, resolve: monthToDate},
	{hints: []string{"qtd", "to date", "so far"}, re: re(`\bqtd\b|\bquarter[ -]to[ -]date\b|\b(?:so far this quarter|this quarter so far)\b`), relative: true, resolve: func(c calendar, _ []string) (dateRange, bool) {
		from, _ := c.quarterOffset(0)
		_, to := c.day(0)
		return ranged(from, to, "from the first day of this quarter to today")
	}},

	// Years with a part of them.
	{hints: []string{"반기"}, re: re(koYear + `\s?의?\s?(상|하)\s?반기`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := koreanYear(c, a[0])
		return inYear(rel)(halfOf(c, y, a[1]))
	}},
	{hints: []string{"반기"}, re: re(`(상|하)\s?반기`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return halfOf(c, c.today.Year(), a[0]) }},
	{hints: []string{"분기"}, re: re(koYear + `\s?의?\s?([1-4])\s?(?:사)?분기`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := koreanYear(c, a[0])
		return inYear(rel)(quarterOf(c, y, a[1]))
	}},
	{hints: []string{"분기"}, re: re(`(?:최근|지난)\s?` + koCount + `\s?개\s?분기|최근\s?` + koCount + `\s?분기`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) {
		return rolling(c, number(a[0]+a[1]), "quarter")
	}},
	{hints: []string{"분기"}, re: re(`(?:이번|금|당|현재)\s?분기`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.quarterOffset(0) }, "this quarter")},
	{hints: []string{"분기"}, re: re(`지지난\s?분기|전전\s?분기`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.quarterOffset(-2) }, "the quarter before the last")},
	{hints: []string{"분기"}, re: re(`(?:지난|저번|직전|전)\s?분기`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.quarterOffset(-1) }, "the calendar quarter before this one")},
	{hints: []string{"분기"}, re: re(`([1-4])\s?(?:사)?분기`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return quarterOf(c, c.today.Year(), a[0]) }},
	{hints: []string{"월"}, re: re(koYear + `\s?의?\s?(\d{1,2})\s?월`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := koreanYear(c, a[0])
		return inYear(rel)(exactMonth(c, []string{strconv.Itoa(y), a[1]}))
	}},

	// Rolling ranges.
	{hints: []string{"최근", "지난", "근래"}, re: re(`(?:최근|지난|근래)\s?` + koCount + `?\s?(일주일|주일|주|개월|달|년|일|하루|이틀|사흘|나흘|보름|반년|반\s년)(?:\s?(?:간|동안))?`), not: []string{"문", "소", "요일"}, relative: true, resolve: koreanRolling},
	{hints: []string{"last", "past", "previous", "recent", "trailing"}, re: re(`\b(?:the )?(?:last|past|previous|most recent|recent|trailing) ` + enCount + ` (day|week|month|quarter|year)s?\b`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) {
		return rolling(c, number(a[0]), a[1])
	}},
	{hints: []string{"past"}, re: re(`\b(?:the |over the )?past (day|week|month|quarter|year)\b`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return rolling(c, 1, a[0]) }},

	// Ago.
	{hints: []string{"전"}, re: re(koCount + `\s?(일|주일|주|개월|달|년)\s?전`), not: []string{"체", "부", "월"}, relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return ago(c, number(a[0]), koreanUnit(a[1])) }},
	{hints: []string{"ago"}, re: re(`\b` + enCount + ` (day|week|month|year)s? ago\b`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return ago(c, number(a[0]), a[1]) }},

	// Days, weeks, months, years around today.
	{hints: []string{"그저께", "그제"}, re: re(`그저께|그제`), relative: true, resolve: dayAt(-2, "the day before yesterday")},
	{hints: []string{"day before yesterday"}, re: re(`\b(?:the )?day before yesterday\b`), relative: true, resolve: dayAt(-2, "the day before yesterday")},
	{hints: []string{"어제", "전일"}, re: re(`어제|전일`), relative: true, resolve: dayAt(-1, "yesterday")},
	{hints: []string{"yesterday"}, re: re(`\byesterday\b`), relative: true, resolve: dayAt(-1, "yesterday")},
	{hints: []string{"오늘", "금일", "당일"}, re: re(`오늘|금일`), relative: true, resolve: dayAt(0, "today")},
	{hints: []string{"today"}, re: re(`\btoday\b`), relative: true, resolve: dayAt(0, "today")},
	{hints: []string{"내일"}, re: re(`내일`), relative: true, resolve: dayAt(1, "tomorrow")},
	{hints: []string{"tomorrow"}, re: re(`\btomorrow\b`), relative: true, resolve: dayAt(1, "tomorrow")},
	{hints: []string{"주말"}, re: re(`(?:지난|저번)\s?주말`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.weekend(-1) }, "Saturday and Sunday of the week before")},
	{hints: []string{"주말"}, re: re(`이번\s?주말`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.weekend(0) }, "Saturday and Sunday of this week")},
	{hints: []string{"weekend"}, re: re(`\blast weekend\b`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.weekend(-1) }, "Saturday and Sunday of the week before")},
	{hints: []string{"weekend"}, re: re(`\bthis weekend\b`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.weekend(0) }, "Saturday and Sunday of this week")},
	{hints: []string{"주"}, re: re(`지지난\s?주|저저번\s?주`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.week(-2) }, "Monday to Sunday of the week before the last")},
	{hints: []string{"주"}, re: re(`(?:지난|저번)\s?주|전주\s?대비`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.week(-1) }, "Monday to Sunday of the week before")},
	{hints: []string{"주"}, re: re(`이번\s?주|금주`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.week(0) }, "Monday to Sunday of this week")},
	{hints: []string{"주"}, re: re(`다음\s?주`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.week(1) }, "Monday to Sunday of next week")},
	{hints: []string{"달", "월"}, re: re(`지지난\s?달|저저번\s?달|전전월`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.monthOffset(-2) }, "the calendar month before the last")},
	{hints: []string{"달", "월"}, re: re(`(?:지난|저번)\s?달|전월`), not: []string{"세"}, relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.monthOffset(-1) }, "the calendar month before this one")},
	{hints: []string{"달", "월"}, re: re(`이번\s?달|이달|당월|금월|이번\s?월`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.monthOffset(0) }, "this calendar month")},
	{hints: []string{"달"}, re: re(`다음\s?달`), relative: true, resolve: unit(func(c calendar) (time.Time, time.Time) { return c.monthOffset(1) }, "the calendar month after this one")},
	{hints: []string{"week"}, re: re(`\b(this|current|last|previous|next) week\b`), relative: true, resolve: around("week")},
	{hints: []string{"month"}, re: re(`\b(this|current|last|previous|next) month\b`), relative: true, resolve: around("month")},
	{hints: []string{"quarter"}, re: re(`\b(this|current|last|previous|next) quarter\b`), relative: true, resolve: around("quarter")},

	// English years with a part of them.
	{hints: []string{"half", "h1", "h2"}, re: re(`\b(first|second|1st|2nd) half of (last year|this year|(?:19|20)\d\d)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := englishYear(c, a[1])
		return inYear(rel)(halfOf(c, y, a[0]))
	}},
	{hints: []string{"h1", "h2"}, re: re(`\b(h[12]) (?:of )?((?:19|20)\d\d|last year|this year)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := englishYear(c, a[1])
		return inYear(rel)(halfOf(c, y, a[0]))
	}},
	{hints: []string{"q1", "q2", "q3", "q4"}, re: re(`\bq([1-4])(?: of)? ((?:19|20)\d\d|last year|this year)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := englishYear(c, a[1])
		return inYear(rel)(quarterOf(c, y, a[0]))
	}},
	{hints: []string{"q1", "q2", "q3", "q4"}, re: re(`\b((?:19|20)\d\d)[ -]?q([1-4])\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := englishYear(c, a[0])
		return inYear(rel)(quarterOf(c, y, a[1]))
	}},
	{hints: []string{"quarter"}, re: re(`\b(first|second|third|fourth|1st|2nd|3rd|4th) quarter of (last year|this year|(?:19|20)\d\d)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := englishYear(c, a[1])
		return inYear(rel)(quarterOf(c, y, strconv.Itoa(ordinal(a[0]))))
	}},
	{hints: []string{"q1", "q2", "q3", "q4"}, re: re(`\bq([1-4])\b`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return quarterOf(c, c.today.Year(), a[0]) }},
	{hints: monthHints, re: re(`\b` + enMonth + `\.?,? (?:of )?((?:19|20)\d\d|last year|this year)\b`), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := englishYear(c, a[1])
		return inYear(rel)(exactMonth(c, []string{strconv.Itoa(y), strconv.Itoa(monthNumber(a[0]))}))
	}},
	{hints: []string{"year"}, re: re(`\b(this|current|last|previous|next) year\b`), relative: true, resolve: around("year")},

	// Bare months and days, and whole years.
	{hints: []string{"월"}, re: re(`(?:^|[^\d.])((\d{1,2})\s?월\s?(\d{1,2})\s?일)`), group: true, relative: true, resolve: func(c calendar, a []string) (dateRange, bool) {
		m := number(a[1])
		return exactDay(c, []string{strconv.Itoa(c.latestMonth(m)), a[1], a[2]})
	}},
	{hints: []string{"월"}, re: re(`(?:^|[^\d.])((\d{1,2})\s?월)`), group: true, not: []string{"요일", "세"}, relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return bareMonth(c, number(a[1])) }},
	{hints: monthHints, re: re(`\b(?:in|during|since|from|to|of|between|and) (` + enMonth + `)\b`), group: true, relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return bareMonth(c, monthNumber(a[0])) }},
	{hints: monthHints, re: re(`\b(january|february|april|june|july|august|september|october|november|december)\b`), relative: true, resolve: func(c calendar, a []string) (dateRange, bool) { return bareMonth(c, monthNumber(a[0])) }},
	{hints: []string{"년", "해"}, re: re(koYear), resolve: func(c calendar, a []string) (dateRange, bool) {
		y, rel := koreanYear(c, a[0])
		from, to := c.year(y)
		return dateRange{from: from, to: to, rule: "the calendar year", relative: rel, year: true}, true
	}},
	{hints: []string{"19", "20"}, re: re(`\b(?:in|during|for|since|of|year|from|to|between|and) ((?:19|20)\d\d)\b`), group: true, resolve: func(c calendar, a []string) (dateRange, bool) {
		from, to := c.year(number(a[0]))
		return dateRange{from: from, to: to, rule: "the calendar year", year: true}, true
	}},
}

var (
	digits     = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
	monthHints = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

func ranged(from, to time.Time, rule string) (dateRange, bool) {
	return dateRange{from: from, to: to, rule: rule}, true
}

func unit(f func(calendar) (time.Time, time.Time), rule string) func(calendar, []string) (dateRange, bool) {
	return func(c calendar, _ []string) (dateRange, bool) {
		from, to := f(c)
		return ranged(from, to, rule)
	}
}

func dayAt(offset int, rule string) func(calendar, []string) (dateRange, bool) {
	return unit(func(c calendar) (time.Time, time.Time) { return c.day(offset) }, rule)
}

func yearToDate(c calendar, _ []string) (dateRange, bool) {
	_, to := c.day(0)
	return ranged(c.date(c.today.Year(), 1, 1), to, "from 1 January to today")
}

func monthToDate(c calendar, _ []string) (dateRange, bool) {
	from, _ := c.monthOffset(0)
	_, to := c.day(0)
	return ranged(from, to, "from the first day of this month to today")
}

func exactDay(c calendar, a []string) (dateRange, bool) {
	y, m, d := number(a[0]), number(a[1]), number(a[2])
	if m < 1 || m > 12 || d < 1 || d > daysIn(c.date(y, m, 1)) {
		return dateRange{}, false
	}
	return dateRange{from: c.date(y, m, d), to: c.date(y, m, d+1), rule: "the day", year: true}, true
}

func exactMonth(c calendar, a []string) (dateRange, bool) {
	y, m := number(a[0]), number(a[1])
	if m < 1 || m > 12 {
		return dateRange{}, false
	}
	from, to := c.month(y, m)
	return dateRange{from: from, to: to, rule: "the calendar month", year: true}, true
}

// bareMonth is the month of that name that began last.
func bareMonth(c calendar, m int) (dateRange, bool) {
	if m < 1 || m > 12 {
		return dateRange{}, false
	}
	from, to := c.month(c.latestMonth(m), m)
	return dateRange{from: from, to: to, rule: "the latest month of this name", bare: m}, true
}

func halfOf(c calendar, y int, which string) (dateRange, bool) {
	h := 1
	switch which {
	case "하", "second", "2nd", "h2":
		h = 2
	}
	from, to := c.half(y, h)
	return ranged(from, to, "half of the calendar year")
}

func quarterOf(c calendar, y int, q string) (dateRange, bool) {
	from, to := c.quarter(y, number(q))
	return ranged(from, to, "the calendar quarter")
}

// inYear marks a range whose year was named, and whether that name depends on today.
func inYear(relative bool) func(dateRange, bool) (dateRange, bool) {
	return func(d dateRange, ok bool) (dateRange, bool) {
		d.relative, d.year = relative, true
		return d, ok
	}
}

func around(what string) func(calendar, []string) (dateRange, bool) {
	return func(c calendar, a []string) (dateRange, bool) {
		offset := map[string]int{"this": 0, "current": 0, "last": -1, "previous": -1, "next": 1}[a[0]]
		var from, to time.Time
		switch what {
		case "week":
			from, to = c.week(offset)
		case "month":
			from, to = c.monthOffset(offset)
		case "quarter":
			from, to = c.quarterOffset(offset)
		default:
			from, to = c.year(c.today.Year() + offset)
		}
		d, ok := ranged(from, to, "the calendar "+what)
		d.year = what == "year"
		return d, ok
	}
}

func koreanRolling(c calendar, a []string) (dateRange, bool) {
	n := number(a[0])
	switch a[1] {
	case "일주일":
		return rolling(c, 1, "week")
	case "하루":
		return rolling(c, 1, "day")
	case "이틀":
		return rolling(c, 2, "day")
	case "사흘":
		return rolling(c, 3, "day")
	case "나흘":
		return rolling(c, 4, "day")
	case "보름":
		return rolling(c, 15, "day")
	case "반년", "반 년":
		return rolling(c, 6, "month")
	}
	if a[0] == "" { // "지난달" and "지난주" are other rules' business
		return dateRange{}, false
	}
	return rolling(c, n, koreanUnit(a[1]))
}

func koreanUnit(u string) string {
	switch u {
	case "주", "주일":
		return "week"
	case "개월", "달":
		return "month"
	case "년":
		return "year"
	default:
		return "day"
	}
}

func rolling(c calendar, n int, what string) (dateRange, bool) {
	if n < 1 || n > 4000 {
		return dateRange{}, false
	}
	switch what {
	case "day":
		from, to := c.lastDays(n)
		return ranged(from, to, "days up to and including today")
	case "week":
		from, to := c.lastDays(7 * n)
		return ranged(from, to, "weeks up to and including today")
	case "month", "quarter", "year":
		months := n * map[string]int{"month": 1, "quarter": 3, "year": 12}[what]
		from, to := c.lastMonths(months)
		return ranged(from, to, what+"s up to and including today")
	}
	return dateRange{}, false
}

func ago(c calendar, n int, what string) (dateRange, bool) {
	if n < 1 || n > 1000 { // "2023년 전" is a year
		return dateRange{}, false
	}
	switch what {
	case "day":
		from, to := c.day(-n)
		return ranged(from, to, "that day")
	case "week":
		from, to := c.week(-n)
		return ranged(from, to, "Monday to Sunday of that week")
	case "month":
		from, to := c.monthOffset(-n)
		return ranged(from, to, "that calendar month")
	default:
		from, to := c.year(c.today.Year() - n)
		return ranged(from, to, "that calendar year")
	}
}

func koreanYear(c calendar, s string) (year int, relative bool) {
	y := c.today.Year()
	switch strings.TrimSuffix(strings.ReplaceAll(s, " ", ""), "도") {
	case "재작년":
		return y - 2, true
	case "작년", "지난해", "전년":
		return y - 1, true
	case "올해", "금년", "이번해":
		return y, true
	case "내년":
		return y + 1, true
	}
	return number(s[:4]), false
}

func englishYear(c calendar, s string) (year int, relative bool) {
	switch s {
	case "last year":
		return c.today.Year() - 1, true
	case "this year":
		return c.today.Year(), true
	}
	return number(s), false
}

func monthNumber(s string) int {
	for i, m := range monthHints {
		if strings.HasPrefix(s, m) {
			return i + 1
		}
	}
	return 0
}

func ordinal(s string) int {
	return map[string]int{"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}[s]
}
