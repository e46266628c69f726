package guard

// shows are SHOW statements that are sent for their definitions: those without rows where the grammar has a condition.
var shows = map[string]string{
	"databases":      "SHOW DATABASES WHERE FALSE",
	"tables":         "SHOW TABLES FROM information_schema WHERE FALSE",
	"full tables":    "SHOW FULL TABLES FROM information_schema WHERE FALSE",
	"columns":        "SHOW COLUMNS FROM information_schema.TABLES WHERE FALSE",
	"full columns":   "SHOW FULL COLUMNS FROM information_schema.TABLES WHERE FALSE",
	"indexes":        "SHOW INDEX FROM information_schema.TABLES WHERE FALSE",
	"table status":   "SHOW TABLE STATUS FROM information_schema WHERE FALSE",
	"collations":     "SHOW COLLATION WHERE FALSE",
	"character sets": "SHOW CHARACTER SET WHERE FALSE",
	"variables":      "SHOW VARIABLES WHERE FALSE",
	"status":         "SHOW STATUS WHERE FALSE",
	"warnings":       "SHOW WARNINGS LIMIT 0",
	"errors":         "SHOW ERRORS LIMIT 0",
	"engines":        "SHOW ENGINES",
	"plugins":        "SHOW PLUGINS",
	"privileges":     "SHOW PRIVILEGES",
	"process list":   "SHOW PROCESSLIST",
	"procedures":     "SHOW PROCEDURE STATUS WHERE FALSE",
	"functions":      "SHOW FUNCTION STATUS WHERE FALSE",
	"triggers":       "SHOW TRIGGERS FROM information_schema WHERE FALSE",
	"events":         "SHOW EVENTS FROM information_schema WHERE FALSE",
	"open tables":    "SHOW OPEN TABLES WHERE FALSE",
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
