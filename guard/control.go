package guard

import (
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// Control statements are the only text that reaches a backend without being a checked SELECT. This is the closed list:
// fixed texts, and typed values that are validated here.

var controlMeta = &meta{control: true}

func control(text string) Statement { return Statement{text: text, meta: controlMeta} }

// maxRounds is how often a recursive common table expression may go round. MySQL and TiDB then end with error 3636, MariaDB with what
// it has and a warning.
const maxRounds = 1000

// ControlInit returns what a new backend connection runs once: character set, sql_mode, and the read-only transaction
// mode where the server has one.
//
// ONLY_FULL_GROUP_BY is off on every server: behind a sub-select with a row policy, MySQL no longer sees that a primary key
// determines the other columns, and would refuse GROUP BY c.id with c.name in the select list.
func ControlInit(family askwire.Family) []Statement {
	out := []Statement{control("SET NAMES utf8mb4")}
	switch family {
	case askwire.MariaDB:
		return append(out, control("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', SESSION max_recursive_iterations = "+itoa(maxRounds)),
			control("SET SESSION TRANSACTION READ ONLY"))
	case askwire.MySQL:
		return append(out, control("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', SESSION cte_max_recursion_depth = "+itoa(maxRounds)),
			control("SET SESSION TRANSACTION READ ONLY"))
	case askwire.TiDB: // takes no read-only transactions: 1235
		return append(out, control("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', SESSION cte_max_recursion_depth = "+itoa(maxRounds)))
	default:
		return append(out, control("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'"))
	}
}

// Pins is the session state that a client may choose.
type Pins struct {
	TimeZone  string        // "+09:00", "SYSTEM" or a name; "" = leave
	Isolation string        // "REPEATABLE-READ" and so on; "" = leave
	Time      time.Duration // of one statement; 0 = leave
	Concat    int64         // group_concat_max_len; 0 = leave, less = the server's own
}

// ControlPin returns what sets the pins on a backend connection. A value that is not of its form is an error.
func ControlPin(family askwire.Family, p Pins) ([]Statement, error) {
	var set []string
	if p.TimeZone != "" {
		if !isTimeZone(p.TimeZone) {
			return nil, askwire.Errorf(askwire.WrongValue, "Unknown or incorrect time zone.").WithHint("Use an offset such as '+09:00'.")
		}
		set = append(set, "time_zone = '"+p.TimeZone+"'")
	}
	if p.Time > 0 {
		switch ms := max(p.Time.Milliseconds(), 1); family {
		case askwire.MariaDB:
			set = append(set, "max_statement_time = "+strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64))
		case askwire.MySQL, askwire.TiDB:
			set = append(set, "max_execution_time = "+itoa(ms))
		}
	}
	switch {
	case p.Concat > 0:
		set = append(set, "group_concat_max_len = "+itoa(p.Concat))
	case p.Concat < 0:
		set = append(set, "group_concat_max_len = DEFAULT")
	}
	var out []Statement
	if len(set) > 0 {
		out = append(out, control("SET SESSION "+strings.Join(set, ", SESSION ")))
	}
	if p.Isolation != "" {
		level, ok := isolationLevels[strings.ToUpper(p.Isolation)]
		if !ok {
			return nil, askwire.Errorf(askwire.WrongValue, "Unknown isolation level.").WithHint("Use READ-COMMITTED or REPEATABLE-READ.")
		}
		out = append(out, control("SET SESSION TRANSACTION ISOLATION LEVEL "+level))
	}
	return out, nil
}

var isolationLevels = map[string]string{
	"READ-UNCOMMITTED": "READ UNCOMMITTED", "READ-COMMITTED": "READ COMMITTED",
	"REPEATABLE-READ": "REPEATABLE READ", "SERIALIZABLE": "SERIALIZABLE",
}

// isTimeZone accepts what can be a time zone and cannot be anything else in quotes.
func isTimeZone(s string) bool {
	if len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("+-:/_", rune(c)) {
			return false
		}
	}
	return true
}

// ControlBegin opens a transaction; the session's read-only mode holds in it.
func ControlBegin() Statement { return control("START TRANSACTION") }

// ControlCommit ends a transaction.
func ControlCommit() Statement { return control("COMMIT") }

// ControlRollback ends a transaction.
func ControlRollback() Statement { return control("ROLLBACK") }

// ControlKillQuery ends what a backend connection runs.
func ControlKillQuery(thread uint64) Statement {
	return control("KILL QUERY " + strconv.FormatUint(thread, 10))
}

// ControlKill ends a backend connection.
func ControlKill(thread uint64) Statement {
	return control("KILL CONNECTION " + strconv.FormatUint(thread, 10))
}

// ControlPing is a SELECT that every server answers.
func ControlPing() Statement { return control("SELECT 1") }

// ControlWarnings asks for the warnings of the statement before.
func ControlWarnings() Statement { return control("SHOW WARNINGS") }

// ControlVariables asks for the server's variables, to learn what a backend is.
func ControlVariables(global bool) Statement {
	if global {
		return control("SHOW GLOBAL VARIABLES")
	}
	return control("SHOW SESSION VARIABLES")
}
