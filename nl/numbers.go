package nl

import (
	"math"
	"math/big"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/askwire/askwire"
)

// saidNumber is a number in a text: its size without sign, and how far the value behind it may be away, which follows
// from the digits shown ("1.2억" stands for 115,000,000 to 125,000,000).
type saidNumber struct {
	text      string
	value     float64
	tolerance float64
	percent   bool
}

var (
	numberPattern = regexp.MustCompile(`\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`)
	unitPattern   = regexp.MustCompile(`^\s?(조|억|천만|백만|십만|만|천|trillion\b|billion\b|million\b|thousand\b|bn\b|k\b|m\b|b\b)`)
	percentSign   = regexp.MustCompile(`^\s?(%|퍼센트|프로|percent|per cent|pp\b)`)
	roughly       = regexp.MustCompile(`(약|대략|거의|가까이|about|around|nearly|roughly|approximately|almost|over|more than|some|~|≈)\s?[₩$€£¥]?\s?$`)
	roughlyAfter  = regexp.MustCompile(`^\s?(여|가량|정도|쯤|남짓|\+)`)
	units         = map[string]float64{"조": 1e12, "억": 1e8, "천만": 1e7, "백만": 1e6, "십만": 1e5, "만": 1e4, "천": 1e3,
		"trillion": 1e12, "billion": 1e9, "bn": 1e9, "b": 1e9, "million": 1e6, "m": 1e6, "thousand": 1e3, "k": 1e3}
)

// numbersIn finds the numbers of a text. Korean amounts of several parts ("1억 2,345만") are one number.
func numbersIn(text string) []saidNumber {
	text = strings.ToLower(norm.NFKC.String(text))
	var out []saidNumber
	for pos := 0; ; {
		m := numberPattern.FindStringIndex(text[pos:])
		if m == nil {
			return out
		}
		start := pos + m[0]
		n := saidNumber{}
		for {
			m = numberPattern.FindStringIndex(text[pos:])
			digits := text[pos+m[0] : pos+m[1]]
			end := pos + m[1]
			unit := 1.0
			if u := unitPattern.FindStringSubmatch(text[end:]); u != nil {
				unit = units[u[1]]
				end += len(u[0])
			}
			plain := strings.ReplaceAll(digits, ",", "")
			v, err := strconv.ParseFloat(plain, 64)
			if err != nil {
				v = math.Inf(1) // a number nobody can hold is in no sample
			}
			n.value += v * unit
			decimals, zeros := 0, 0
			if i := strings.IndexByte(plain, '.'); i >= 0 {
				decimals = len(plain) - i - 1
			} else {
				zeros = len(plain) - len(strings.TrimRight(plain, "0"))
			}
			n.tolerance = 0.5 * unit * math.Pow10(-decimals)
			if zeros > 0 && (roughly.MatchString(text[:start]) || roughlyAfter.MatchString(text[end:])) {
				n.tolerance = 0.5 * unit * math.Pow10(zeros)
			}
			pos = end
			// Another part follows only after a Korean unit, right behind it, and with a smaller one.
			next := numberPattern.FindStringIndex(text[pos:])
			if unit < 1e3 || next == nil || strings.TrimLeft(text[pos:pos+next[0]], " ") != "" || !hangulUnit(text[start:end]) {
				break
			}
			if u := unitPattern.FindStringSubmatch(text[pos+next[1]:]); u != nil && units[u[1]] >= unit {
				break
			}
			if part, _ := strconv.ParseFloat(strings.ReplaceAll(text[pos+next[0]:pos+next[1]], ",", ""), 64); part >= unit {
				break
			}
		}
		n.text = strings.TrimSpace(text[start:pos])
		n.percent = percentSign.MatchString(text[pos:])
		out = append(out, n)
	}
}

func hangulUnit(s string) bool {
	return strings.HasSuffix(s, "조") || strings.HasSuffix(s, "억") || strings.HasSuffix(s, "만") || strings.HasSuffix(s, "천")
}

// allowance is the set of numbers that a text about a sample may hold.
type allowance struct {
	values  []float64 // sorted, without sign
	percent []float64 // sorted; only with a percent sign
	rows    int
}

// allow collects the numbers of the sample, those that follow from it by the sums askwire computes (sum, mean, range, parts
// of the sum, running sums, differences and changes from row to row), and those of the question and its dates.
func allow(q *askwire.Question, p *askwire.Plan, f figures, dates []dateRange) allowance {
	a := allowance{rows: len(f.sample.Rows)}
	add := func(r *big.Rat) {
		v, _ := r.Float64()
		a.values = append(a.values, math.Abs(v))
	}
	ratio := func(x, y *big.Rat) {
		if y.Sign() != 0 {
			v, _ := new(big.Rat).Quo(x, y).Float64()
			a.percent = append(a.percent, math.Abs(v)*100)
			if v = math.Abs(v); v >= 1 { // "twice as many"
				a.values = append(a.values, v)
			}
		}
	}
	inText := func(s string) {
		for _, n := range numbersIn(s) {
			a.values = append(a.values, n.value)
		}
	}
	for i, c := range f.columns {
		inText(c.name)
		running := new(big.Rat)
		for r := range f.sample.Rows {
			if v := c.values[r]; v != nil {
				add(v)
			} else if cell := f.sample.Rows[r]; i < len(cell) && cell[i] != nil {
				inText(*cell[i])
			}
		}
		if !c.numeric || c.id {
			continue
		}
		mean, _ := c.average()
		add(c.sum)
		add(mean)
		add(new(big.Rat).Sub(c.max, c.min))
		ratio(c.max, c.min)
		var first, before *big.Rat
		for _, v := range c.values {
			if v == nil {
				continue
			}
			running.Add(running, v)
			add(running)
			ratio(v, c.sum)
			ratio(running, c.sum)
			if before != nil {
				for _, from := range []*big.Rat{before, first} {
					d := new(big.Rat).Sub(v, from)
					add(d)
					ratio(d, from)
					ratio(d, v)
				}
			} else {
				first = v
			}
			before = v
		}
	}
	for _, v := range a.values { // a ratio in the data is a percentage in the text
		if v <= 1 {
			a.percent = append(a.percent, v*100)
		}
	}
	a.values = append(a.values, float64(len(f.sample.Rows)), float64(len(f.sample.Columns)))
	inText(q.Text)
	for _, d := range dates {
		for _, t := range []string{d.from.Format("2006 1 2"), d.to.AddDate(0, 0, -1).Format("2006 1 2"), d.to.Format("2006 1 2")} {
			inText(t)
		}
		days := math.Round(d.to.Sub(d.from).Hours() / 24)
		quarter := float64((int(d.from.Month()) + 2) / 3)
		a.values = append(a.values, days, math.Round(days/7), math.Round(days/30.44), quarter)
	}
	if p != nil {
		for _, v := range p.Args {
			inText(v.Text)
		}
	}
	sort.Float64s(a.values)
	sort.Float64s(a.percent)
	return a
}

// unfounded returns the first number of the text that the sample does not support.
func (a allowance) unfounded(text string) (string, bool) {
	for _, n := range numbersIn(text) {
		if near(a.values, n) || n.percent && near(a.percent, n) {
			continue
		}
		if !n.percent && n.value == math.Trunc(n.value) && n.value >= 1 && n.value <= float64(a.rows) {
			continue // a rank, or how many of the rows
		}
		return n.text, true
	}
	return "", false
}

func near(sorted []float64, n saidNumber) bool {
	if math.IsInf(n.value, 0) {
		return false
	}
	slack := n.tolerance + 1e-9*math.Max(1, n.value)
	i := sort.SearchFloat64s(sorted, n.value-slack)
	return i < len(sorted) && sorted[i] <= n.value+slack
}
