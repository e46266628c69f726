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

// Classes are all differences that are meant. None can excuse what never names.
//
// Four more are taken out before the comparison, because they stand within rows: the suffix of the announced version, the ids of
// connections, the name that a server's resolver has for 127.0.0.1, and in lists of schemas and tables what is on one side alone: the schema of
// saved questions; performance_schema and the tables of information_schema, which are in no profile.
var Classes = []Class{
	{"greeting", "wire", regexp.MustCompile(`^greeting$`), regexp.MustCompile(`^(Capabilities|Plugin)$`),
		"askwire offers the capabilities that it serves, and caching_sha2_password before every server."},
	{"wording", "wire", nil, regexp.MustCompile(`Error\.Message$`),
		"What askwire refuses by itself has the server's number and SQLSTATE, and a message that ends in what to do."},
	{"wording-client", "client", nil, regexp.MustCompile(`^error\.(message|class)$|^(rows|said)\[\d+\]\.error$`),
		"The same message, as the client words it."},
	{"origin", "wire", regexp.MustCompile(`(?i)\bSHOW\b|information_schema|mysql_catalog`), regexp.MustCompile(`Columns\[\d+\]\.(Schema|Table|OrgTable|OrgName)$`),
		"SHOW and information_schema answer from the scope, through a sub-select: where a column comes from is not said."},
	{"transaction-status", "wire", nil, regexp.MustCompile(`OK\.Status$`),
		"A SHOW is a SELECT on information_schema, which opens the transaction that autocommit = 0 promises; the flags on indexes are of that SELECT."},
	{"tracking", "wire", nil, regexp.MustCompile(`OK\.Tracked$`),
		"Changed variables are told in alphabetical order; transaction state is not tracked."},
	{"described-error", "wire", nil, regexp.MustCompile(`\]\.Described$`),
		"A statement that ends in an error before its first row gets the error alone, not its definitions first."},
	{"cursor", "wire", regexp.MustCompile(`(?i)^COM_STMT_EXECUTE (SHOW|.*\bASK\b)`), regexp.MustCompile(`\]\.(Cursor|Fetches)$`),
		"Rows that askwire makes or adds to come whole, where a server would open a cursor."},
	{"hang-up", "wire", nil, regexp.MustCompile(`\]\.Cut$`),
		"A client that has hung up is answered or not, as it comes."},
}

// never are the fields that no class excuses.
var never = regexp.MustCompile(`Columns$|Columns\[\d+\](\.(Name|Type|Length|Flags|Charset|Decimals|Extended))?$|Rows\b|^rows|^columns|Error$|Error\.(Number|SQLState)$|number$|sqlstate$`)

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
