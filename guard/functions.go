package guard

import (
	_ "embed"
	"sort"
	"strings"

	"github.com/askwire/askwire"
	"github.com/pingcap/tidb/pkg/parser/ast"
)

//go:embed functions.txt
var functionList string

// function is one line of functions.txt.
type function struct {
	printed string // as it is sent
	engines string // letters of the engines that have it; "" = all
	denied  string // why not
}

// functions is the allow-list, read once from the embedded file and never changed.
var functions = readFunctions(functionList)

// printedAs holds the names that the parser changes.
var printedAs = map[string]string{ast.CharFunc: "CHAR", ast.InsertFunc: "INSERT", ast.PasswordFunc: "PASSWORD"}

func readFunctions(list string) map[string]function {
	out := map[string]function{}
	for _, line := range strings.Split(list, "\n") {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, more, _ := strings.Cut(rest, " ")
		printed := strings.ToUpper(name)
		if p, ok := printedAs[name]; ok {
			printed = p
		}
		switch verb {
		case "allow":
			out[name] = function{printed: printed, engines: more}
		case "deny":
			out[name] = function{printed: printed, denied: more}
		}
	}
	return out
}

// aggregate says what is known of an aggregate function. window: it may have OVER (…).
type aggregate struct{ known, window bool }

var aggregates = map[string]aggregate{
	"count": {true, true}, "sum": {true, true}, "avg": {true, true}, "min": {true, true}, "max": {true, true},
	"bit_and": {true, true}, "bit_or": {true, true}, "bit_xor": {true, true}, "var_pop": {true, true},
	"var_samp": {true, true}, "stddev_pop": {true, true}, "stddev_samp": {true, true}, "variance": {true, true},
	"std": {true, true}, "stddev": {true, true}, "group_concat": {known: true}, "json_arrayagg": {true, true},
	"json_objectagg": {true, true},
}

var windowFunctions = map[string]bool{
	"row_number": true, "rank": true, "dense_rank": true, "cume_dist": true, "percent_rank": true, "ntile": true,
	"lead": true, "lag": true, "first_value": true, "last_value": true, "nth_value": true,
}

// sessionFunctions are answered by Session.Known, and denied where it does not know.
var sessionFunctions = map[string]bool{
	"user": true, "current_user": true, "session_user": true, "system_user": true, "current_role": true, "database": true,
	"schema": true, "version": true, "connection_id": true, "last_insert_id": true, "row_count": true, "found_rows": true,
}

// charsets that a statement may convert to or introduce. Others have multi-byte characters that end in a quote or a
// backslash.
var charsets = map[string]bool{
	"utf8mb4": true, "utf8mb3": true, "utf8": true, "latin1": true, "ascii": true, "binary": true,
}

// FunctionInfo is one line of the function list.
type FunctionInfo struct {
	Name    string
	Allowed bool
	Engines []askwire.Family // that have it; nil = all
	Reason  string           // why it is denied
}

// Functions returns the list of known functions, sorted by name.
func Functions() []FunctionInfo {
	out := make([]FunctionInfo, 0, len(functions))
	for _, f := range functions {
		info := FunctionInfo{Name: f.printed, Allowed: f.denied == "", Reason: f.denied}
		for _, c := range f.engines {
			switch c {
			case 'm':
				info.Engines = append(info.Engines, askwire.MySQL)
			case 'a':
				info.Engines = append(info.Engines, askwire.MariaDB)
			case 't':
				info.Engines = append(info.Engines, askwire.TiDB)
			}
		}
		out = append(out, info)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// hasEngine reports whether the function exists on the family. The embedded engine speaks MySQL.
func (f function) hasEngine(fam askwire.Family) bool {
	if f.engines == "" {
		return true
	}
	letter := "m"
	switch fam {
	case askwire.MariaDB:
		letter = "a"
	case askwire.TiDB:
		letter = "t"
	}
	return strings.Contains(f.engines, letter)
}
