package guard

import (
	_ "embed"
	"slices"
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
	kind    functionKind
	engines string // letters of the engines that have it
	denied  string // why not
}

type functionKind uint8

const (
	noFunction        functionKind = iota // not on the list
	scalarFunction                        // an ordinary call
	aggregateFunction                     // an aggregate, which may have OVER (…)
	windowFunction                        // only with OVER (…)
	sessionFunction                       // answered by Session.Known, without arguments, and denied where it does not know
	distanceFunction                      // an ordinary call that compares two vectors
	vectorFunction                        // turns texts into vectors and back: only as argument of a distance
)

var functionKinds = map[string]functionKind{
	"allow": scalarFunction, "deny": scalarFunction, "aggregate": aggregateFunction, "window": windowFunction, "session": sessionFunction,
	"distance": distanceFunction, "vector": vectorFunction,
}

// functions is the allow-list, read once from the embedded file and never changed.
var functions = readFunctions(functionList)

// printedAs holds the names that the parser changes.
var printedAs = map[string]string{ast.CharFunc: "CHAR", ast.InsertFunc: "INSERT"}

func readFunctions(list string) map[string]function {
	out := map[string]function{}
	for _, line := range strings.Split(list, "\n") {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(f) < 3 || functionKinds[f[0]] == noFunction {
			continue
		}
		fn := function{printed: strings.ToUpper(f[1]), kind: functionKinds[f[0]], engines: f[2]}
		if p, ok := printedAs[f[1]]; ok {
			fn.printed = p
		}
		if len(f) == 4 {
			fn.denied = f[3]
		}
		out[f[1]] = fn
	}
	return out
}

// may reports whether a statement for these servers may use the name in this way.
func (f function) may(kind functionKind, fam askwire.Family) bool {
	return f.kind == kind && f.denied == "" && f.hasEngine(fam)
}

// call reports whether the name may be called as any function is.
func (f function) call() bool {
	return f.denied == "" && (f.kind == scalarFunction || f.kind == distanceFunction || f.kind == vectorFunction)
}

// overs reports whether OVER (…) may stand behind the name. GROUP_CONCAT has none on any server.
func (f function) overs() bool {
	return f.kind == windowFunction || f.kind == aggregateFunction && f.printed != "GROUP_CONCAT"
}

// charsets that a statement may convert to or introduce; the parser writes utf8 for utf8mb3. Others have multi-byte characters that end in a quote or a
// backslash.
var charsets = map[string]bool{
	"utf8mb4": true, "utf8": true, "latin1": true, "ascii": true, "binary": true,
}

// FunctionInfo is one line of the function list.
type FunctionInfo struct {
	Name    string
	Kind    string // function, aggregate, window, session
	Allowed bool
	Engines []askwire.Family // that have it
	Reason  string           // why it is denied
}

var kindNames = map[functionKind]string{scalarFunction: "function", aggregateFunction: "aggregate", windowFunction: "window", sessionFunction: "session",
	distanceFunction: "function", vectorFunction: "function"}

// Functions returns the list of known functions, sorted by name.
func Functions() []FunctionInfo {
	out := make([]FunctionInfo, 0, len(functions))
	for _, f := range functions {
		info := FunctionInfo{Name: f.printed, Kind: kindNames[f.kind], Allowed: f.denied == "", Reason: f.denied}
		for _, fam := range []askwire.Family{askwire.MySQL, askwire.MariaDB, askwire.TiDB} {
			if f.hasEngine(fam) {
				info.Engines = append(info.Engines, fam)
			}
		}
		out = append(out, info)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Functions is the list as this policy's server and profile have it: functions_allow included, and a reason for what the
// server does not have.
func (p *Policy) Functions() []FunctionInfo {
	out := Functions()
	at := make(map[string]int, len(out))
	for i := range out {
		at[out[i].Name] = i
		if f := &out[i]; f.Allowed && !slices.Contains(f.Engines, p.engine()) {
			f.Allowed, f.Reason = false, "this server ("+string(p.server.Family)+") does not have it"
		}
	}
	for name := range p.functions {
		i, listed := at[strings.ToUpper(name)]
		if !listed {
			i = len(out)
			out = append(out, FunctionInfo{Name: strings.ToUpper(name), Kind: kindNames[scalarFunction], Engines: []askwire.Family{p.engine()}})
		}
		out[i].Allowed, out[i].Reason = true, "the profile adds it"
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// engine is the family in the list: the embedded engine speaks MySQL.
func (p *Policy) engine() askwire.Family {
	if p.server.Family == askwire.Embedded {
		return askwire.MySQL
	}
	return p.server.Family
}

var engineLetters = map[askwire.Family]string{askwire.MySQL: "m", askwire.MariaDB: "a", askwire.TiDB: "t", askwire.Embedded: "m"}

// hasEngine reports whether the function exists on the family.
func (f function) hasEngine(fam askwire.Family) bool {
	letter := engineLetters[fam]
	return letter != "" && strings.Contains(f.engines, letter)
}
