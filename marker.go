package askwire

import (
	"strings"
	"unicode"
)

// MaxParams is how many parameters a prepared question can have.
const MaxParams = 100

// Marker is a ? in the statement of a prepared question: it takes the value of the question's parameter with the number, from
// 1. Param is the typed parameter of the saved question that reads the value; nil = the value goes as it is.
type Marker struct {
	Number int
	Param  *Param
}

// ParamName is how a prepared question's text names its parameter i, from 1: :pa, :pb, … :pz, :paa, … There is no digit in it, so
// that no number or date is read into it.
func ParamName(i int) string {
	name := ""
	for ; i > 0; i = (i - 1) / 26 {
		name = string(rune('a'+(i-1)%26)) + name
	}
	return ":p" + name
}

// NameParams writes the names of parameters for the markers of a question, and returns how many there are: "orders of
// customer ? since ?" has two. A ? right behind a word ends a question and is none.
func NameParams(question string) (named string, n int) {
	if !strings.Contains(question, "?") {
		return question, 0
	}
	var b strings.Builder
	before := ' '
	for i, r := range question {
		after := byte(0)
		if i+1 < len(question) {
			after = question[i+1] // of a ?, which is one byte
		}
		quoted := strings.ContainsRune(`'"`, before) && rune(after) == before
		if r == '?' && (unicode.IsSpace(before) || strings.ContainsRune("([=<>~,:/#", before) || quoted) && after != '?' && after != '!' {
			n++
			b.WriteString(ParamName(n))
		} else {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String(), n
}
