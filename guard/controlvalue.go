package guard

import "strings"

// valueFunctions are the functions without arguments whose values a proxy has itself.
var valueFunctions = map[string]bool{"user()": true, "current_user()": true, "current_user": true, "session_user()": true, "system_user()": true,
	"database()": true, "schema()": true, "version()": true, "connection_id()": true, "current_role()": true, "last_insert_id()": true,
	"row_count()": true, "found_rows()": true}

// userValues stand for user variables that hold a value of a kind. They are the connection's, one for each kind, because a
// variable keeps the type of its first value; a client's own @name is a value in the text that is sent.
var userValues = map[string]string{"@int": "5", "@decimal": "5.5", "@float": "5e0", "@string": "'five'", "@null": "NULL"}

// ControlValue returns what asks a server for a value of its session, whose definition says how the server describes such: a system variable
// (@@name, @@session.name, @@global.name), a function of a closed list (version()), or a user variable of a kind (@int). The last
// statement is the SELECT. Its row is not for clients.
func ControlValue(expr string) (statements []Statement, ok bool) {
	name, variable := strings.CutPrefix(expr, "@@")
	value, user := userValues[expr]
	switch {
	case variable && isVariable(name), valueFunctions[expr]:
		return []Statement{control("SELECT " + expr)}, true
	case expr == "@unset":
		return []Statement{control("SELECT @askwire")}, true
	case user:
		return []Statement{control("SET @askwire_" + expr[1:] + " = " + value), control("SELECT @askwire_" + expr[1:])}, true
	}
	return nil, false
}

// isVariable accepts what can be the name of a system variable, with its scope, and nothing else.
func isVariable(name string) bool {
	if scope, rest, ok := strings.Cut(name, "."); ok {
		if scope != "session" && scope != "global" {
			return false
		}
		name = rest
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return name != "" && len(name) <= 64
}
