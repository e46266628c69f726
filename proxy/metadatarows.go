package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// metadataRows are the rows that information_schema shows beside the backend's, or in place of them, for a statement in lower-case
// text: saved questions, and what is the session's own: its principal's sessions, variables, counters and rights.
func (s *session) metadataRows(low string) *guard.Rows {
	rows := map[string][]metadataRow{}
	if s.hasViews() {
		rows = s.viewRows(s.views(), strings.Contains(low, "columns") && !s.elsewhere(low))
	}
	steady := true
	for table, fill := range sessionRows {
		if strings.Contains(low, strings.ToLower(table)) {
			rows[table] = fill(s)
			steady = steady && !volatile[table]
		}
	}
	return newRows(rows, steady)
}

// ofSchemas finds a condition on the schema that names it.
var ofSchemas = regexp.MustCompile("table_schema[`\"]?\\s*(=|in\\s*\\()\\s*['\"]")

// elsewhere reports whether a statement in lower-case text is plainly about other schemas than that of questions, so that nobody
// needs to be asked for the columns of saved questions.
func (s *session) elsewhere(low string) bool {
	return ofSchemas.MatchString(low) && !strings.Contains(low, strings.ToLower(s.set.AskWord)) && !strings.Contains(low, "?") && !orWord.MatchString(low)
}

var orWord = regexp.MustCompile(`\b(or|not|xor)\b|\|\|`)

// newRows gives rows their key. Rows that change all the time have none.
func newRows(rows map[string][]metadataRow, steady bool) *guard.Rows {
	if !steady {
		return guard.NewRows("", rows)
	}
	sum := sha256.Sum256([]byte(fmt.Sprint(rows))) // maps are printed in the order of their keys
	return guard.NewRows(hex.EncodeToString(sum[:]), rows)
}

var volatile = map[string]bool{"PROCESSLIST": true, "SESSION_STATUS": true, "GLOBAL_STATUS": true, "SESSION_VARIABLES": true}

// sessionRows fill tables of information_schema of which the backend's own rows are not this principal's.
var sessionRows = map[string]func(s *session) []metadataRow{
	"PROCESSLIST": func(s *session) []metadataRow {
		return named(s.processRows(true), "ID", "USER", "HOST", "DB", "COMMAND", "TIME", "STATE", "INFO")
	},
	"SESSION_VARIABLES": func(s *session) []metadataRow { return pairs(s.allVariables(false)) },
	"GLOBAL_VARIABLES":  func(s *session) []metadataRow { return pairs(s.allVariables(true)) },
	"SESSION_STATUS":    (*session).statusMetadata,
	"GLOBAL_STATUS":     (*session).statusMetadata,
	"USER_PRIVILEGES": func(s *session) []metadataRow {
		return []metadataRow{{"GRANTEE": text(s.grantee()), "TABLE_CATALOG": text("def"), "PRIVILEGE_TYPE": text("USAGE"), "IS_GRANTABLE": text("NO")}}
	},
	"TABLE_PRIVILEGES": func(s *session) []metadataRow {
		var rows []metadataRow
		for _, t := range s.b.Policy.Scope().Tables {
			rows = append(rows, metadataRow{"GRANTEE": text(s.grantee()), "TABLE_CATALOG": text("def"), "TABLE_SCHEMA": text(t.DB), "TABLE_NAME": text(t.Name),
				"PRIVILEGE_TYPE": text("SELECT"), "IS_GRANTABLE": text("NO")})
		}
		return rows
	},
	"PLUGINS": func(*session) []metadataRow {
		var rows []metadataRow
		for _, p := range plugins {
			rows = append(rows, metadataRow{"PLUGIN_NAME": text(p), "PLUGIN_VERSION": text("1.0"), "PLUGIN_STATUS": text("ACTIVE"), "PLUGIN_TYPE": text("AUTHENTICATION"),
				"PLUGIN_TYPE_VERSION": text("1.0"), "PLUGIN_LICENSE": text("Apache-2.0"), "LOAD_OPTION": text("FORCE")})
		}
		return rows
	},
}

func (s *session) grantee() string { return "'" + strings.ReplaceAll(s.user.Name, "'", "''") + "'@'%'" }

func (s *session) statusMetadata() []metadataRow {
	return named(s.statusRows(), "VARIABLE_NAME", "VARIABLE_VALUE")
}

func pairs(list [][2]string) []metadataRow {
	rows := make([]metadataRow, len(list))
	for i, p := range list {
		rows[i] = metadataRow{"VARIABLE_NAME": text(strings.ToUpper(p[0])), "VARIABLE_VALUE": text(p[1])}
	}
	return rows
}

// named gives the cells of rows the names of their columns.
func named(list [][]*string, columns ...string) []metadataRow {
	rows := make([]metadataRow, len(list))
	for i, cells := range list {
		rows[i] = metadataRow{}
		for n, cell := range cells {
			if cell != nil {
				rows[i][columns[n]] = askwire.Value{Kind: askwire.String, Text: *cell}
			}
		}
	}
	return rows
}
