package clients

import (
	"regexp"
	"strconv"
)

// Class is a kind of difference that is meant.
type Class struct {
	Name      string
	On        string         // wire or client
	Statement *regexp.Regexp // nil = every one
	Field     *regexp.Regexp
	// Only are the values that are meant, as JSON has them.
	Only   func(direct, proxied string) bool
	Reason string
}

// MaxClasses bounds Classes: a longer list would be no promise.
const MaxClasses = 12

// Classes are all differences that are meant. None can excuse what never names.
//
// Five more are taken out before the comparison: the suffix of the announced version, the ids of connections, the name that a server's resolver
// has for 127.0.0.1, in lists of schemas and tables what is on one side alone (the schema of saved questions; performance_schema and
// the tables of information_schema, which are in no profile), and the order in which an OK packet lists changed variables.
var Classes = []Class{
	{"capabilities", "wire", regexp.MustCompile(`^greeting$`), regexp.MustCompile(`^Capabilities$`), withoutUnserved,
		"askwire offers what it serves, and nothing that the server does not offer."},
	{"plugin", "wire", regexp.MustCompile(`^greeting$`), regexp.MustCompile(`^Plugin$`), values(`"mysql_native_password"`, `"caching_sha2_password"`),
		"askwire offers caching_sha2_password before every server; a MariaDB does not know it."},
	{"wording", "wire", nil, regexp.MustCompile(`Error\.Message$`), worded,
		"What askwire refuses by itself has the server's number and SQLSTATE, and a message that ends in what to do."},
	{"wording-client", "client", nil, regexp.MustCompile(`^error\.message$|^(rows|said)\[\d+\]\.error$`), worded,
		"The same message, as the client words it."},
	{"described-error", "wire", nil, regexp.MustCompile(`\]\.Described$`), values("true", "null"),
		"A statement that ends in an error before its first row gets the error alone, not its definitions first."},
	{"index-flag", "wire", regexp.MustCompile(`(?i)^COM_(QUERY|STMT_EXECUTE) SELECT .*information_schema`), regexp.MustCompile(`OK\.Status$`), noIndexUsed,
		"SERVER_QUERY_NO_INDEX_USED speaks of the plan of a SELECT on information_schema, which is another one behind the reduction to the scope."},
}

// values is a difference between two values alone.
func values(direct, proxied string) func(a, b string) bool {
	return func(a, b string) bool { return a == direct && b == proxied }
}

// worded: askwire's messages are whole sentences.
var sentence = regexp.MustCompile(`\S \S.*\.[^.]*"$`)

func worded(direct, proxied string) bool { return direct != "null" && sentence.MatchString(proxied) }

// unserved are the capabilities that askwire does not offer: CLIENT_ODBC, CLIENT_COMPRESS, CLIENT_LOCAL_FILES, CLIENT_IGNORE_SIGPIPE, CLIENT_RESERVED,
// CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS, CLIENT_OPTIONAL_RESULTSET_METADATA, CLIENT_ZSTD_COMPRESSION_ALGORITHM, CLIENT_QUERY_ATTRIBUTES,
// MULTI_FACTOR_AUTHENTICATION, CLIENT_SSL_VERIFY_SERVER_CERT, CLIENT_REMEMBER_OPTIONS; MARIADB_CLIENT_STMT_BULK_OPERATIONS, MARIADB_CLIENT_CACHE_METADATA.
const unserved = 1<<4 | 1<<5 | 1<<7 | 1<<12 | 1<<14 | 1<<22 | 1<<25 | 1<<26 | 1<<27 | 1<<28 | 1<<30 | 1<<31 | 1<<34 | 1<<36

func withoutUnserved(direct, proxied string) bool {
	a, b, ok := numbers(direct, proxied)
	return ok && a&^unserved == b
}

func noIndexUsed(direct, proxied string) bool {
	const flag = 1 << 5
	a, b, ok := numbers(direct, proxied)
	return ok && a^b == flag
}

func numbers(direct, proxied string) (a, b uint64, ok bool) {
	a, err := strconv.ParseUint(direct, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	b, err = strconv.ParseUint(proxied, 10, 64)
	return a, b, err == nil
}

// never are the fields that no class excuses.
var never = regexp.MustCompile(`Columns$|Columns\[\d+\](\.(Name|Type|Length|Flags|Charset|Decimals|Extended))?$|Rows\b|^rows|^columns|Error$|Error\.(Number|SQLState)$|number$|sqlstate$`)

// ClassOf finds the class of a difference.
func ClassOf(d Difference) (Class, bool) {
	if never.MatchString(d.Field) {
		return Class{}, false
	}
	for _, c := range Classes {
		if c.On == d.On && (c.Statement == nil || c.Statement.MatchString(d.Statement)) && c.Field.MatchString(d.Field) && c.Only(d.Direct, d.Proxied) {
			return c, true
		}
	}
	return Class{}, false
}
