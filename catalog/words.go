package catalog

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// term is what two texts have in common when they mean the same: a stemmed English word, a Korean word with and without
// its particle, or two adjacent Hangul or Han characters.
type term struct {
	text   string
	weight float32 // how much a match says: 1 for words
	word   string  // as written, for reasons
	pair   bool    // two words that stand together
}

const bigramWeight = 0.35

// analyser turns texts into terms. It remembers stems, so it serves one index or one question and one goroutine.
type analyser struct{ stems map[string]string }

func newAnalyser() *analyser { return &analyser{stems: make(map[string]string)} }

// terms returns the terms of a name or a text, in order; repeated ones are repeated.
func (a *analyser) terms(text string) []term {
	var out []term
	for _, w := range splitWords(text) {
		switch {
		case isCJK(firstRune(w)):
			out = appendCJK(out, w)
		default:
			lower := strings.ToLower(w)
			if stopWords[lower] || isNumber(lower) {
				continue
			}
			out = append(out, term{text: a.stem(lower), weight: 1, word: w})
		}
	}
	return out
}

func (a *analyser) stem(word string) string {
	if s, ok := a.stems[word]; ok {
		return s
	}
	s := english.Stem(word, true)
	a.stems[word] = s
	return s
}

// splitWords cuts at everything that is no letter or digit, between letters and digits, between scripts, and inside
// camelCase: orderItemID2 → order Item ID 2; VMs stays whole.
func splitWords(text string) []string {
	var out []string
	runes := []rune(text)
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, string(runes[start:end]))
		}
	}
	for i, c := range runes {
		k := kindOf(c)
		if k == noWord {
			flush(i)
			start = i + 1
			continue
		}
		if i == start {
			continue
		}
		before := runes[i-1]
		switch {
		case kindOf(before) != k:
			flush(i)
			start = i
		case unicode.IsUpper(c) && unicode.IsLower(before):
			flush(i)
			start = i
		case unicode.IsLower(c) && unicode.IsUpper(before) && i-1 > start && !isPlural(runes, i):
			flush(i - 1)
			start = i - 1
		}
	}
	flush(len(runes))
	return out
}

// isPlural reports whether runes[i] is the s of IDs or VMs.
func isPlural(runes []rune, i int) bool {
	return runes[i] == 's' && (i+1 == len(runes) || kindOf(runes[i+1]) != latin || unicode.IsUpper(runes[i+1]))
}

type runeKind uint8

const (
	noWord runeKind = iota
	latin           // and every other alphabet
	digit
	hangul
	han // Han and kana
)

func kindOf(c rune) runeKind {
	switch {
	case c < 0x80:
		switch {
		case c >= '0' && c <= '9':
			return digit
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			return latin
		}
		return noWord
	case unicode.Is(unicode.Hangul, c):
		return hangul
	case unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return han
	case unicode.IsLetter(c), unicode.Is(unicode.Mn, c):
		return latin
	case unicode.IsDigit(c):
		return digit
	}
	return noWord
}

func isCJK(c rune) bool { k := kindOf(c); return k == hangul || k == han }

func firstRune(s string) rune {
	for _, c := range s {
		return c
	}
	return 0
}

func isNumber(s string) bool {
	for _, c := range s {
		if kindOf(c) != digit {
			return false
		}
	}
	return true
}

// appendCJK adds the word, the word without its particle, and all pairs of adjacent characters, which find the parts of
// compounds: 주문량 → 주문량, 주문, 문량.
func appendCJK(out []term, w string) []term {
	if koreanStopWords[w] {
		return out
	}
	runes := []rune(w)
	if len(runes) > 1 {
		out = append(out, term{text: w, weight: 1, word: w})
	}
	bare := stripParticle(runes)
	if koreanStopWords[string(bare)] {
		return out[:max(0, len(out)-1)]
	}
	if len(bare) > 1 && len(bare) < len(runes) {
		out = append(out, term{text: string(bare), weight: 1, word: string(bare)})
	}
	for i := 1; i < len(bare); i++ {
		if pair := string(bare[i-1 : i+1]); len(bare) > 2 {
			out = append(out, term{text: pair, weight: bigramWeight, word: pair})
		}
	}
	if len(runes) == 1 {
		out = append(out, term{text: w, weight: 1, word: w})
	}
	return out
}

// particles are what follows a Korean noun, the longest first. A noun must keep two syllables.
var particles = runeSlices(`
이라는 에서는 에서의 으로는 으로의 에게서 이었던 이었는 들에게 들에서
에서 에게 으로 부터 까지 보다 마다 처럼 이나 라는 들이 들은 들을 들의 에는 에도 하고 이고 인데 이며 한테 별로 만큼 대로 밖에 조차 로는 로서 로써 으론
은 는 이 가 을 를 의 에 로 와 과 도 만 별 들 나 랑 요 인 야 당
`)

func runeSlices(text string) [][]rune {
	var out [][]rune
	for _, w := range strings.Fields(text) {
		out = append(out, []rune(w))
	}
	return out
}

func stripParticle(w []rune) []rune {
	if kindOf(w[0]) != hangul {
		return w
	}
	for _, p := range particles {
		n := len(w) - len(p)
		if n >= 2 && string(w[n:]) == string(p) {
			return w[:n]
		}
	}
	return w
}

// Words that say that something is asked, not what.
var koreanStopWords = nameSet(`
알려줘 알려주세요 보여줘 보여주세요 보여 알려 주세요 해줘 해주세요 구해줘 구해 찾아줘 찾아 뽑아줘 뽑아 정리해줘 조회해줘 조회 출력해줘
무엇 무엇인가 무엇인가요 뭐야 뭐지 뭔가요 얼마 얼마나 얼마야 얼마인가 얼마인가요 몇 몇개 몇명 누구 누구야 누구인가 누구인가요 어디 어떤 어느 어떻게 언제
있는 있어 있나 있나요 없는 된 되는 하는 한 할 그 이 저 및 또는 그리고 중 중에 중에서 대한 대해 관한 각 각각 모든 전체 가장 제일 좀 것 수
`)

var stopWords = nameSet(`
a about above after all also am an and any are as at be been before being below between both but by can could did do does
doing down during each every few find for from further get give given had has have having he her here hers him his how i if
in information into is it its itself just least let list many may me might more most much must my need no nor not now of off
on once only or other our out over own please provide return s same shall she should show so some such t tell than that the
their them then there these they this those through to too under until up us use used using very was we were what when where
whether which while who whom whose why will with would you your display determine
`)
