package nl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/askwire/askwire"
)

// maxQuestionRunes is far above what people type and far below what a prompt can carry.
const maxQuestionRunes = 2000

// validate refuses what is not a question.
func validate(text string) error {
	switch {
	case len(text) > 4*maxQuestionRunes || utf8.RuneCountInString(text) > maxQuestionRunes:
		return askwire.Errorf(askwire.TooComplex, "The question has more than %d characters.", maxQuestionRunes).
			WithHint("Ask a shorter question, or several.")
	case !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0:
		return askwire.Errorf(askwire.BadText, "The question is not valid UTF-8 text.").
			WithHint("Send it as UTF-8: SET NAMES utf8mb4.")
	case strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0:
		return askwire.Errorf(askwire.EmptyStatement, "The question is empty.").
			WithHint("Write what you want to know: ASK 'orders of last month by day'.")
	}
	return nil
}

// normalise brings a question to the form in which two questions are compared: NFKC (full-width digits become digits),
// lower case, single spaces, no closing punctuation, plain quotes and no control or invisible characters.
func normalise(text string) string {
	text = norm.NFKC.String(text)
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || r == '\u115f' || r == '\u3164':
			continue
		case r == '‘' || r == '’':
			r = '\''
		case r == '“' || r == '”':
			r = '"'
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimRight(b.String(), " ?.!,;:~…。、")
}

// languageOf returns the language to answer in: the option's, the profile's, or the question's. "question" means that
// only the model can tell.
func languageOf(q *askwire.Question) string {
	for _, l := range []string{q.Options.Language, q.Profile.Language} {
		if l != "" && l != "question" {
			return strings.ToLower(l)
		}
	}
	if hasHangul(q.Text) {
		return "ko"
	}
	return "question"
}

func hasHangul(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
}

// korean reports whether a text that askwire words itself is Korean; English otherwise.
func korean(language string) bool { return strings.HasPrefix(language, "ko") }

// contextError turns the end of a context into what the client sees.
func contextError(ctx context.Context) error {
	err := context.Cause(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return askwire.Errorf(askwire.Timeout, "The question took longer than its time limit.").
			WithHint("Ask for less, or raise the timeout option.").Wrap(err)
	}
	return askwire.Errorf(askwire.Interrupted, "The question was interrupted.").WithHint("Ask again.").Wrap(err)
}

// panicError keeps what a goroutine panicked with for the log.
type panicError struct {
	value any
	stack []byte
}

func (p panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// cut shortens s to at most n runes, marking the cut.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRightFunc(string(r[:n-1]), unicode.IsSpace) + "…"
}
