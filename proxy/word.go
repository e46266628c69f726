package proxy

import (
	"errors"
	"regexp"
	"strings"

	"github.com/askwire/askwire"
)

var askWord = regexp.MustCompile(`\bASK\b`)

// spelled has an error say what to do with the word that questions begin with here.
func (s *session) spelled(err error) error {
	var own *askwire.Error
	if strings.EqualFold(s.set.AskWord, "ask") || !errors.As(err, &own) || !askWord.MatchString(own.Hint) {
		return err
	}
	c := *own
	c.Hint = askWord.ReplaceAllString(own.Hint, strings.ToUpper(s.set.AskWord))
	return &c
}
