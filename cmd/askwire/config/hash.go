package config

import (
	"errors"
	"regexp"
	"strings"
)

// The two forms: MySQL's own authentication string of caching_sha2_password (five thousand rounds, a salt of 20 bytes), and the
// double SHA-1 of mysql_native_password. A user may have one of each, for old clients.
var (
	cachingForm = regexp.MustCompile(`^\$A\$005\$[^\s,]{20}[./0-9A-Za-z]{43}$`)
	nativeForm  = regexp.MustCompile(`^native:\*[0-9A-Fa-f]{40}$`)
)

// CheckPasswordHash reports whether the text is one or two password hashes separated by blanks or commas.
func CheckPasswordHash(text string) error {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	for _, p := range parts {
		if !cachingForm.MatchString(p) && !nativeForm.MatchString(p) {
			return errors.New("is not a password hash")
		}
	}
	if len(parts) == 0 || len(parts) > 2 {
		return errors.New("must hold one hash, or one of each kind")
	}
	return nil
}
