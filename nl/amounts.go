package nl

import (
	"math/big"
	"regexp"
	"strings"
)

// amount is a number that a question says with a unit ("3만", "1억 2,000만", "10k"), and what it bounds.
type amount struct {
	phrase string
	bounds string // such as ">= 30000", "= 30000", ">= 10000 and <= 20000"
}

func (m amount) String() string { return "\"" + m.phrase + "\": " + m.bounds }

// The units that stand right behind digits. English letters need to be there without a blank: "10 m" may be metres.
var (
	amountPattern = regexp.MustCompile(`(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?: ?(조|억|천만|백만|십만|만|천)|(k|m|bn|b)\b| ?(trillion|billion|million|thousand)\b)`)
	amountAfter   = regexp.MustCompile(`^ ?(?:원|개|명|건|회|달러|점|krw|usd|won|dollars|orders|units)?(?:을|를|이|가|은|는)? ?(이상|이하|초과|미만|넘는|넘게|까지|or more|or less|or above|or below)`)
	amountBefore  = regexp.MustCompile(`(at least|no less than|not less than|more than|over|above|greater than|exceeding|at most|up to|no more than|not more than|less than|under|below|fewer than) ?[₩$€£¥]? ?$`)
	amountJoin    = regexp.MustCompile(`^ ?(?:원|개|명|건|달러)? ?(?:~|-|–|and|to|에서|부터|와|과) ?[₩$€£¥]?$`)
)

var amountWords = map[string]string{
	"이상": ">=", "이하": "<=", "초과": ">", "미만": "<", "넘는": ">", "넘게": ">", "까지": "<=", "or more": ">=", "or above": ">=", "or less": "<=", "or below": "<=",
	"at least": ">=", "no less than": ">=", "not less than": ">=", "more than": ">", "over": ">", "above": ">", "greater than": ">", "exceeding": ">",
	"at most": "<=", "up to": "<=", "no more than": "<=", "not more than": "<=", "less than": "<", "under": "<", "below": "<", "fewer than": "<",
}

var amountUnits = map[string]int64{
	"조": 1e12, "억": 1e8, "천만": 1e7, "백만": 1e6, "십만": 1e5, "만": 1e4, "천": 1e3,
	"k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "trillion": 1e12, "billion": 1e9, "million": 1e6, "thousand": 1e3,
}

// spoken is one number with its units in the text.
type spoken struct {
	start, end int
	value      *big.Rat
}

// resolveAmounts finds the amounts of a normalised question. Numbers without a unit need no resolving.
func resolveAmounts(text string) []amount {
	var found []spoken
	for _, m := range amountPattern.FindAllStringSubmatchIndex(text, -1) {
		unit := ""
		for g := 2; g <= 4; g++ {
			if m[2*g] >= 0 {
				unit = text[m[2*g]:m[2*g+1]]
			}
		}
		v, ok := new(big.Rat).SetString(strings.ReplaceAll(text[m[2]:m[3]], ",", ""))
		if !ok || m[0] > 0 && (text[m[0]-1] != '$' && asciiWord(text[m[0]-1]) || text[m[0]-1] == '.') {
			continue
		}
		v.Mul(v, new(big.Rat).SetInt64(amountUnits[unit]))
		// "1억 2,000만" is one number: another part follows behind a Korean unit, with a smaller one.
		if n := len(found); n > 0 && hangulUnit(text[found[n-1].start:found[n-1].end]) && strings.TrimLeft(text[found[n-1].end:m[0]], " ") == "" &&
			v.Cmp(found[n-1].value) < 0 {
			found[n-1].end = m[1]
			found[n-1].value.Add(found[n-1].value, v)
			continue
		}
		found = append(found, spoken{m[0], m[1], v})
	}
	var out []amount
	for i := 0; i < len(found); i++ {
		s := found[i]
		if i+1 < len(found) && amountJoin.MatchString(text[s.end:found[i+1].start]) && s.value.Cmp(found[i+1].value) < 0 {
			next := found[i+1]
			out = append(out, amount{text[s.start:next.end], ">= " + decimal(s.value) + " and <= " + decimal(next.value)})
			i++
			continue
		}
		from, end, sign := s.start, s.end, "="
		if m := amountAfter.FindStringSubmatchIndex(text[s.end:]); m != nil {
			sign, end = amountWords[text[s.end+m[2]:s.end+m[3]]], s.end+m[1]
		} else if m := amountBefore.FindStringSubmatchIndex(text[:s.start]); m != nil {
			sign, from = amountWords[text[m[2]:m[3]]], m[2]
		}
		out = append(out, amount{text[from:end], sign + " " + decimal(s.value)})
	}
	return out
}

// decimal writes a number in full, without an exponent.
func decimal(v *big.Rat) string {
	if v.IsInt() {
		return v.Num().String()
	}
	return strings.TrimRight(v.FloatString(6), "0")
}
