package catalog

import (
	"regexp"
	"slices"
	"strings"
)

const (
	joinedWeight = 0.8  // two words of a question that a schema writes as one: floating IP, floatingips
	pairWeight   = 0.8  // two words that stand together in a name as well: last name, birth date and date of birth
	codedWeight  = 0.5  // what looks like a value: e8da8ec5-364b, star-76
	formWeight   = 0.15 // how the answer is to be made
	timeWeight   = 0.2
)

// question returns the distinct terms of a question, with those of words that stand together.
func (a *analyser) question(text string) []term {
	var words []term
	for _, w := range strings.Fields(asking.ReplaceAllString(text, " ")) {
		weight := float32(1)
		if coded(w) {
			weight = codedWeight
		}
		for _, t := range a.terms(w) {
			t.weight *= weight
			words = append(words, t)
		}
	}
	seen := make(map[string]int, 3*len(words))
	var out []term
	add := func(t term) {
		lower := strings.ToLower(t.word)
		switch {
		case timeWords[lower] || timeWords[t.text]:
			t.weight *= timeWeight
		case formWords[lower]:
			t.weight *= formWeight
		}
		if i, ok := seen[t.text]; ok {
			out[i].weight = max(out[i].weight, t.weight)
			return
		}
		seen[t.text] = len(out)
		out = append(out, t)
	}
	for _, t := range words {
		add(t)
	}
	for _, t := range pairs(words) {
		t.weight *= pairWeight
		add(t)
	}
	for i := 1; i < len(words); i++ {
		x, y := words[i-1], words[i]
		if !isCJK(firstRune(x.text)) && !isCJK(firstRune(y.text)) {
			add(term{text: a.stem(strings.ToLower(x.word + y.word)), weight: joinedWeight * min(x.weight, y.weight), word: x.word + " " + y.word})
		}
	}
	return out
}

// pairs are the neighbours in a name or question, whichever stands first. Korean has its bigrams for this.
func pairs(words []term) []term {
	var out []term
	for i := 1; i < len(words); i++ {
		x, y := words[i-1], words[i]
		if x.text == y.text || isCJK(firstRune(x.text)) || isCJK(firstRune(y.text)) {
			continue
		}
		out = append(out, term{
			text: min(x.text, y.text) + " " + max(x.text, y.text), weight: min(x.weight, y.weight), word: x.word + " " + y.word, pair: true,
		})
	}
	return out
}

// coded reports whether a word of a question mixes Latin letters and digits, as ids, addresses and codes do.
func coded(word string) bool {
	var has [han + 1]bool
	for _, c := range word {
		has[kindOf(c)] = true
	}
	return has[latin] && has[digit] && !has[hangul] && !has[han]
}

const (
	kinWeight = 0.4
	kinShare  = 0.7 // of both words, from their beginning
	kinLeast  = 5   // letters
	maxKin    = 8
)

// withKin adds to the terms of a question those of the catalog that begin as they do, for words that a stemmer keeps apart:
// consumption and consumer.
func (x *index) withKin(terms []term) []term {
	asked := make(map[string]bool, len(terms))
	for _, t := range terms {
		asked[t.text] = true
	}
	out := terms
	for _, t := range terms {
		n := len(t.text)
		least := max(kinLeast, int(kinShare*float32(n)+0.99))
		if n < least || t.weight < 0.5 || t.pair || strings.Contains(t.word, " ") || isCJK(firstRune(t.text)) {
			continue
		}
		i, _ := slices.BinarySearch(x.latin, t.text[:least])
		for added := 0; i < len(x.latin) && added < maxKin && strings.HasPrefix(x.latin[i], t.text[:least]); i++ {
			kin := x.latin[i]
			same := least
			for same < min(n, len(kin)) && kin[same] == t.text[same] {
				same++
			}
			if asked[kin] || float32(same) < kinShare*float32(len(kin)) {
				continue
			}
			asked[kin] = true
			added++
			out = append(out, term{text: kin, weight: t.weight * kinWeight * float32(same) / float32(max(n, len(kin))), word: t.word})
		}
	}
	return out
}

// asking finds the words of an English question that say how the answer is to be made, not what it is about: in descending order,
// ordered by. Schemas have columns and tables of these names, orders above all.
var asking = regexp.MustCompile(`(?i)\b(?:in (?:\w+ ){0,3}order\b|order(?:ed)? by\b|sort(?:ed)? by\b)`)

// Words that mostly say how the answer is to be made. They are names of columns, too, so they still count a little.
var formWords = nameSet(`
number numbers count total sum average mean maximum minimum max min percentage percent ratio different distinct unique ascending descending
alphabetical alphabetically highest lowest most least top bottom first oldest newest latest youngest largest smallest biggest longest shortest
more fewer greater less larger associated related corresponding belong belongs respectively respective including include includes available return
`)

// Words that mostly say when. They are columns' names too, so they still count a little.
var timeWords = nameSet(`
last month months day days week weeks year years quarter quarters date today yesterday recent recently time monthly daily weekly yearly
최근 지난달 지난주 지난해 작년 올해 이번 이번달 이달 오늘 어제 분기 전분기 하반기 상반기 월별 일별 주별 연도별 년 월 일 주 달 개월 주일 년간 달간 일간 개월간 동안 기간
`)
