package clients

import "regexp"

// Fault is a difference that is not meant and that is not mended yet. Faults are no classes: each says what is wrong, the suite
// counts them apart, and with CLIENTS_STRICT=1 they fail it.
type Fault struct {
	Name      string
	On        string
	Engine    string // "" = both
	Client    string
	Statement *regexp.Regexp // or the step of the script
	Field     *regexp.Regexp
	What      string
}

// Faults is to become empty.
var Faults = []Fault{
	{"odbc-catalogue", "wire", "", "pyodbc", regexp.MustCompile(`^COM_STMT_(PREPARE|EXECUTE) SELECT TABLE_SCHEMA AS TABLE_CAT`),
		regexp.MustCompile(`Columns\[\d+\]\.(Flags|Type|Length|Decimals|Charset)$|Rows\.First\[\d+\]\[\d+\]$|OK\.Warnings$`),
		"In the binary protocol a column of information_schema keeps the type that it has behind the reduction to the scope, because its bytes do: " +
			"BIGINT for INT, DECIMAL for BIGINT. Values assigned to user variables within a row are not described anew. The driver reads the same values."},
	{"joined-nullable", "wire", "mariadb", "mariadb-connector-j", regexp.MustCompile(`KCU\.REFERENCED_TABLE_SCHEMA`), regexp.MustCompile(`Columns\[\d+\]\.Flags$`),
		"CASE over an outer join of information_schema has the flag BINARY."},
	{"cursor-definitions", "wire", "", "connector-j-cursor", regexp.MustCompile(`^COM_STMT_EXECUTE ASK `), regexp.MustCompile(`Columns\[\d+\]\.(Flags|OrgName)$`),
		"A question is answered without a cursor: its columns are those of the query, not those of the temporary table that a server's cursor reads."},
	{"cursor-packed", "wire", "mysql", "connector-j-cursor", regexp.MustCompile(`^COM_STMT_EXECUTE SHOW INDEX`), regexp.MustCompile(`Columns\[8\]\.Type$`),
		"The same of Packed, which is always NULL."},
	{"cursor-packed-client", "client", "mysql", "connector-j-cursor", regexp.MustCompile(`^indexes$`), regexp.MustCompile(`^columns\[8\]`),
		"So Connector/J calls it NULL, not VARBINARY."},
}

// FaultOf finds the fault that a difference is.
func FaultOf(d Difference) (Fault, bool) {
	for _, f := range Faults {
		if f.On == d.On && f.Client == d.Client && (f.Engine == "" || f.Engine == d.Engine) && f.Statement.MatchString(d.Statement) && f.Field.MatchString(d.Field) {
			return f, true
		}
	}
	return Fault{}, false
}
