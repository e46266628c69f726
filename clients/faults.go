package clients

import "regexp"

// Fault is a difference that is not meant and that is not mended yet. Faults are no classes: each says what is wrong, the suite
// counts them apart, and with CLIENTS_STRICT=1 they fail it.
type Fault struct {
	Name      string
	On        string
	Engine    string         // "" = both
	Statement *regexp.Regexp // or the step of the script
	Field     *regexp.Regexp
	What      string
}

// Faults is to become empty.
var Faults = []Fault{
	{"metadata-flags", "wire", "mariadb", regexp.MustCompile(`information_schema`), regexp.MustCompile(`Columns\[\d+\]\.Flags$`),
		"Columns of information_schema come through a sub-select and lack the flag NO_DEFAULT_VALUE."},
	{"extended-metadata", "wire", "mariadb", regexp.MustCompile(`everything`), regexp.MustCompile(`Columns\[\d+\]\.Extended$`),
		"MariaDB's extended metadata, which says that a text is JSON, is not offered."},
	{"extended-metadata-client", "client", "mariadb", regexp.MustCompile(`everything$`), regexp.MustCompile(`^rows\[\d+\]\[43\]$`),
		"Without it node mariadb gives JSON as text where it would give an object."},
}

// FaultOf finds the fault that a difference is.
func FaultOf(d Difference) (Fault, bool) {
	for _, f := range Faults {
		if f.On == d.On && (f.Engine == "" || f.Engine == d.Engine) && f.Statement.MatchString(d.Statement) && f.Field.MatchString(d.Field) {
			return f, true
		}
	}
	return Fault{}, false
}
