package nl

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// template is a phrasing such as `최근 {n}개월 매출 상위 {k}개 상품은?`, in the form that texts are compared in:
// literals[0] {params[0]} literals[1] … literals[len(params)]. Spaces beside a parameter are not part of the literals; where
// the phrasing has one, a text may not go on with the same Latin word or number ("top {n}" is not "topmost").
type template struct {
	literals []string
	params   []string
	gaps     [][2]bool // a space before, after the parameter
}

// maxArg bounds an argument, in bytes of UTF-8.
const maxArg = 200

// compileTemplate normalises a phrasing. Parameters need text between them and appear once.
func compileTemplate(text string) (template, error) {
	var t template
	var marked strings.Builder
	for rest := text; ; {
		i := strings.IndexByte(rest, '{')
		if i < 0 {
			marked.WriteString(rest)
			break
		}
		j := strings.IndexByte(rest[i:], '}')
		if j < 0 || !isParamName(rest[i+1:i+j]) {
			return t, errors.New("holds a { that does not begin a {parameter}")
		}
		name := rest[i+1 : i+j]
		if i == 0 && len(t.params) > 0 {
			return t, errors.New("has two parameters with nothing between them")
		}
		for _, p := range t.params {
			if p == name {
				return t, errors.New("uses {" + name + "} twice")
			}
		}
		before, after := text[:len(text)-len(rest)+i], rest[i+j+1:]
		t.params = append(t.params, name)
		t.gaps = append(t.gaps, [2]bool{strings.TrimRightFunc(before, unicode.IsSpace) != before, strings.TrimLeftFunc(after, unicode.IsSpace) != after})
		marked.WriteString(rest[:i])
		marked.WriteRune(paramMark)
		rest = rest[i+j+1:]
	}
	if strings.ContainsRune(text, paramMark) {
		return t, errors.New("holds a private-use character")
	}
	t.literals = strings.Split(questionForm(marked.String()), string(paramMark))
	if len(t.literals) != len(t.params)+1 {
		return t, errors.New("ends in punctuation that belongs to a parameter")
	}
	for i, l := range t.literals {
		t.literals[i] = strings.Trim(l, " ")
	}
	if len(strings.TrimSpace(strings.Join(t.literals, ""))) < 2 {
		return t, errors.New("is too short to tell it from others")
	}
	return t, nil
}

const paramMark = '\ue000'

func isParamName(s string) bool {
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// matchForm is normalise without the spaces around Hangul, which people set as they like: "지난 달", "3 개".
func matchForm(text string) string {
	s := normalise(text)
	if !hasHangul(s) {
		return s
	}
	r := []rune(s)
	var b strings.Builder
	b.Grow(len(s))
	for i, c := range r {
		if c == ' ' && (i > 0 && besideHangul(r[i-1]) || i+1 < len(r) && besideHangul(r[i+1])) {
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// questionForm is matchForm without the words that only ask: "… 알려줘", "… 은?", "show me …". What is asked for stays the
// same, so this is still an exact comparison.
func questionForm(text string) string {
	s := matchForm(text)
	for changed := true; changed; {
		changed = false
		for _, lead := range []string{"please ", "can you ", "show me ", "tell me ", "give me "} {
			if len(s) > len(lead) && strings.HasPrefix(s, lead) {
				s, changed = s[len(lead):], true
			}
		}
		for _, tail := range []string{" please", "알려줘", "알려줘요", "알려주세요", "알려줄래", "보여줘", "보여줘요", "보여주세요", "보여줄래", "조회해줘", "조회해주세요", "말해줘", "좀"} {
			if len(s) > len(tail) && strings.HasSuffix(s, tail) {
				s, changed = strings.TrimRight(s[:len(s)-len(tail)], " ,"), true
			}
		}
	}
	for _, particle := range []string{"은", "는", "을", "를"} {
		if body, ok := strings.CutSuffix(s, particle); ok && body != "" {
			if r, _ := utf8.DecodeLastRuneInString(body); besideHangul(r) {
				return body
			}
		}
	}
	return s
}

func besideHangul(r rune) bool { return unicode.Is(unicode.Hangul, r) || r == paramMark }

// words is the template's text without its parameters.
func (t template) words() string { return strings.Join(t.literals, " ") }

// match takes a text apart. accept says whether an argument is of its parameter's type; where the literals could be
// found in several places, the first division that is accepted as a whole wins.
func (t template) match(text string, accept func(param, arg string) bool) (map[string]string, bool) {
	if len(text) < len(t.literals[0]) || text[:len(t.literals[0])] != t.literals[0] {
		return nil, false
	}
	last := t.literals[len(t.params)]
	if !strings.HasSuffix(text, last) {
		return nil, false
	}
	args := make(map[string]string, len(t.params))
	failed := make(map[[2]int]bool) // (parameter, position) from which nothing matches: keeps this linear
	var from func(i, pos int) bool
	from = func(i, pos int) bool {
		if i == len(t.params) {
			return pos == len(text)
		}
		at := [2]int{i, pos}
		if failed[at] || t.gaps[i][0] && insideWord(text, pos) {
			return false
		}
		lit := t.literals[i+1]
		for end := pos + 1; end <= min(len(text)-len(lit), pos+maxArg); end++ {
			if i == len(t.params)-1 { // the last literal stands at the end
				if end = len(text) - len(lit); end <= pos || end > pos+maxArg {
					break
				}
			}
			if !strings.HasPrefix(text[end:], lit) || !utf8.RuneStart(byteAt(text, end)) || t.gaps[i][1] && insideWord(text, end) {
				continue
			}
			arg := strings.TrimSpace(text[pos:end])
			if arg != "" && accept(t.params[i], arg) && from(i+1, end+len(lit)) {
				args[t.params[i]] = arg
				return true
			}
			if i == len(t.params)-1 {
				break
			}
		}
		failed[at] = true
		return false
	}
	if !from(0, len(t.literals[0])) {
		return nil, false
	}
	return args, true
}

// insideWord reports whether a Latin word or a number goes on at i.
func insideWord(s string, i int) bool {
	return i > 0 && i < len(s) && asciiWord(s[i-1]) && asciiWord(s[i])
}

func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

// fillTemplate writes a phrasing with arguments in place of its parameters.
func fillTemplate(text string, args map[string]string) string {
	for name, v := range args {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	return text
}

// original finds the text behind a normalised argument, so that a free string keeps its case and spaces.
func original(question, arg string) string {
	q := []rune(norm.NFKC.String(question))
	a := []rune(strings.ReplaceAll(arg, " ", ""))
	for i := range q {
		j, k := i, 0
		for j < len(q) && k < len(a) {
			if unicode.IsSpace(q[j]) && k > 0 {
				j++
				continue
			}
			if unicode.ToLower(q[j]) != a[k] {
				break
			}
			j, k = j+1, k+1
		}
		if k == len(a) && k > 0 {
			return string(q[i:j])
		}
	}
	return arg
}
