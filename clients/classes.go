package clients

import "regexp"

// Class is a kind of difference that is meant.
type Class struct {
	Name      string
	On        string         // wire or client
	Statement *regexp.Regexp // nil = every one
	Field     *regexp.Regexp
	Reason    string
}

// MaxClasses bounds Classes: a longer list would be no promise.
const MaxClasses = 12

// Classes are all differences that are no failure.
var Classes = []Class{}

// never are the fields that no class excuses.
var never = regexp.MustCompile(`Columns\[\d+\]\.(Type|Length|Flags|Charset|Decimals|Extended)$|Rows|rows|Error\.(Number|SQLState)$|number$|sqlstate$`)

// ClassOf finds the class of a difference.
func ClassOf(d Difference) (Class, bool) {
	if never.MatchString(d.Field) {
		return Class{}, false
	}
	for _, c := range Classes {
		if c.On == d.On && (c.Statement == nil || c.Statement.MatchString(d.Statement)) && c.Field.MatchString(d.Field) {
			return c, true
		}
	}
	return Class{}, false
}
