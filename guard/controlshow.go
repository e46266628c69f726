package guard

// shows are SHOW statements that are sent for their definitions: those without rows where the grammar has a condition. It is one that
// the server cannot settle beforehand: MySQL describes a result otherwise when it knows that there are no rows.
var shows = map[string]string{
	"databases":      "SHOW DATABASES LIKE ''",
	"tables":         "SHOW TABLES FROM information_schema LIKE ''",
	"full tables":    "SHOW FULL TABLES FROM information_schema LIKE ''",
	"columns":        "SHOW COLUMNS FROM information_schema.TABLES LIKE ''",
	"full columns":   "SHOW FULL COLUMNS FROM information_schema.TABLES LIKE ''",
	"indexes":        "SHOW INDEX FROM information_schema.TABLES WHERE Key_name LIKE ''",
	"table status":   "SHOW TABLE STATUS FROM information_schema LIKE ''",
	"collations":     "SHOW COLLATION LIKE ''",
	"character sets": "SHOW CHARACTER SET LIKE ''",
	"variables":      "SHOW VARIABLES LIKE ''",
	"status":         "SHOW STATUS LIKE ''",
	"warnings":       "SHOW WARNINGS LIMIT 0",
	"errors":         "SHOW ERRORS LIMIT 0",
	"engines":        "SHOW ENGINES",
	"plugins":        "SHOW PLUGINS",
	"privileges":     "SHOW PRIVILEGES",
	"process list":   "SHOW PROCESSLIST",
	"procedures":     "SHOW PROCEDURE STATUS LIKE ''",
	"functions":      "SHOW FUNCTION STATUS LIKE ''",
	"triggers":       "SHOW TRIGGERS FROM information_schema LIKE ''",
	"events":         "SHOW EVENTS FROM information_schema LIKE ''",
	"open tables":    "SHOW OPEN TABLES LIKE ''",
}

// ControlShow returns a SHOW statement of the closed list, whose definitions say what the server's own answers look like. Its
// rows, if it has any, are not for clients.
func ControlShow(what string) (st Statement, ok bool) {
	text, ok := shows[what]
	if !ok {
		return Statement{}, false
	}
	return control(text), true
}
