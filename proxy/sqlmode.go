package proxy

import (
	"context"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// The modes that a client may set. Those with true change how its text is read, which the guard follows; the others change
// nothing for SELECT. The backend's own sql_mode never changes.
var sqlModes = map[string]bool{"ANSI_QUOTES": true, "PIPES_AS_CONCAT": true, "NO_BACKSLASH_ESCAPES": true,
	"IGNORE_SPACE": false, "REAL_AS_FLOAT": false, "ONLY_FULL_GROUP_BY": false, "STRICT_TRANS_TABLES": false, "STRICT_ALL_TABLES": false,
	"NO_ZERO_IN_DATE": false, "NO_ZERO_DATE": false, "ERROR_FOR_DIVISION_BY_ZERO": false, "NO_AUTO_CREATE_USER": false,
	"NO_ENGINE_SUBSTITUTION": false, "NO_AUTO_VALUE_ON_ZERO": false, "NO_DIR_IN_CREATE": false, "ALLOW_INVALID_DATES": false,
	"NO_KEY_OPTIONS": false, "NO_TABLE_OPTIONS": false, "NO_FIELD_OPTIONS": false, "TIME_TRUNCATE_FRACTIONAL": false, "TRADITIONAL": false, "ANSI": false}

var modeGroups = map[string][]string{
	"ANSI": {"REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "ONLY_FULL_GROUP_BY"},
	"TRADITIONAL": {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "NO_ZERO_IN_DATE", "NO_ZERO_DATE", "ERROR_FOR_DIVISION_BY_ZERO",
		"NO_ENGINE_SUBSTITUTION"},
}

func setSQLMode(s *session, _ context.Context, x setting) error {
	text := x.v.Text
	if x.isDefault() {
		text, _ = s.variable("sql_mode", true)
	}
	var modes []string
	add := func(m string) {
		if !slices.Contains(modes, m) {
			modes = append(modes, m)
		}
	}
	for _, m := range strings.Split(strings.ToUpper(text), ",") {
		m = strings.TrimSpace(m)
		if m == "" {
			continue
		}
		if _, ok := sqlModes[m]; !ok {
			return askwire.Errorf(askwire.WrongValue, "Variable 'sql_mode' can't be set to the value of '%.64s'.", strings.ToValidUTF8(m, "?")).
				WithHint("It would change what a SELECT returns; leave it out.")
		}
		for _, part := range modeGroups[m] {
			add(part)
		}
		add(m)
	}
	s.vars.sqlMode = strings.Join(modes, ",")
	s.vars.put("sql_mode", s.vars.sqlMode)
	s.vars.mode = guard.Mode{ANSIQuotes: slices.Contains(modes, "ANSI_QUOTES"), NoBackslashEscapes: slices.Contains(modes, "NO_BACKSLASH_ESCAPES"),
		PipesAsConcat: slices.Contains(modes, "PIPES_AS_CONCAT")}
	return nil
}
