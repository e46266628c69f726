package guard

import (
	"strconv"
	"strings"
)

// maxKeep is the length of a text that ControlKeep takes.
const maxKeep = 8 << 10

// ControlKeep returns what has a server read a statement's text now and keep it under a number, for ControlAgain. The text goes as a
// literal, in which nothing but quotes has to be doubled under every sql_mode. It takes statements of one SELECT: to read others is a
// small part of what they cost, and servers have made mistakes with those that are carried out for the second time.
func ControlKeep(n int, st Statement) (Statement, bool) {
	text := st.Text()
	if !st.Valid() || st.Params() > 0 || len(text) > maxKeep || strings.ContainsAny(text, "\\\x00") || strings.Count(strings.ToUpper(text), "SELECT") != 1 {
		return Statement{}, false
	}
	return control("PREPARE " + keepName(n) + " FROM '" + strings.ReplaceAll(text, "'", "''") + "'"), true
}

// ControlAgain returns what carries out the statement that a server keeps under a number.
func ControlAgain(n int) Statement { return control("EXECUTE " + keepName(n)) }

func keepName(n int) string { return "askwire_" + strconv.Itoa(n) }
