package guard

import (
	"strings"

	"github.com/askwire/askwire"
)

// ControlNames returns what sets the character set and collation of a session's literals and results; "" is what ControlInit
// has set. Text travels as UTF-8 whatever the collation is, unless raw is set: then results have each column's own character set.
func ControlNames(collation string, raw bool) (Statement, error) {
	text := "SET NAMES utf8mb4"
	if collation != "" {
		charset, _, _ := strings.Cut(collation, "_")
		if charset != "utf8mb4" && charset != "utf8mb3" || !isCollation(collation) {
			return Statement{}, askwire.Errorf(askwire.UnknownCollation, "Unknown collation.").WithHint("SHOW COLLATION LIKE 'utf8mb4%%' lists those that can be used.")
		}
		text = "SET NAMES " + charset + " COLLATE '" + collation + "'"
	}
	if raw {
		text += ", character_set_results = NULL"
	}
	return control(text), nil
}

// isCollation accepts what can be a collation and cannot be anything else in quotes.
func isCollation(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return len(s) <= 64
}
