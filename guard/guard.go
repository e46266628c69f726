// Package guard decides whether a statement may run, and what exactly is sent.
//
// Everything that reaches a backend passes here: plain SQL, a model's draft, EXPLAIN, prepared and cached statements.
// Compile turns a profile into a Policy; a Gate binds a Policy to a session; Check, Prepare and Explain return a Statement,
// which no other package can make and which is the only thing that the wire layer sends. Any doubt is a denial.
//
// Threat model. The text is hostile: a model that was talked into it, or a user at the prompt, wants a table, a column or a
// row outside the profile, a side effect (files, locks, variables, sleeping), or the process down. So the text itself is
// never sent. It is parsed; a walk over an allow-list of node types, functions, casts and collations names every field of
// every node; every name is resolved by scope; every table is replaced by a sub-select of its visible columns with masks
// and row policies; the tree is printed by this package's own printer, parsed again, printed again and compared. A table
// with a row policy stands behind LIMIT 18446744073709551615, which no known optimizer merges or pushes conditions
// through, so that an expression of the client never meets a hidden row; only conditions that cannot fail are copied
// inside, so that look-ups keep their index. A statement that has nothing else needs no barrier.
//
// The guard is pure: no I/O, no clock. It trusts the catalog snapshot, the parser's reading of SQL, and that backends run
// with the pinned sql_mode (see ControlPin). It does not defend against what a SELECT costs (see limits and the statement
// time), against timing, or against a listed view, which is trusted as a whole.
package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// Mode is how a client's text is read. The backend never sees these modes: the text is printed anew.
type Mode struct{ ANSIQuotes, NoBackslashEscapes, PipesAsConcat bool }

// Session is what a statement's meaning depends on beside its text.
type Session struct {
	Database string
	Mode     Mode
	Vars     map[string]askwire.Value // policy variables, without @
	NoValue  string                   // what to do when one of them is missing, for the error; "" = ask the operator
	// Known answers session functions and system variables: "@@version", "@@session.sql_mode", "user()", "database()",
	// "connection_id()". Names are lower case. Nil or false: the expression is denied.
	Known func(name string) (askwire.Value, bool)
	// Metadata admits information_schema, reduced to the policy's scope.
	Metadata bool
	// Rows are shown by information_schema beside the backend's, with Metadata, and by FunctionTable.
	Rows *Rows
	// Arguments of the execution that Prepare is asked for; see there.
	Arguments Arguments
	// Limit, when above 0 and below the profile's rows, cuts the result there (the limit option of ASK); no excess is asked for.
	Limit int64
}

// Gate is a policy bound to a session: what every road to the backend goes through.
type Gate struct {
	Policy  *Policy
	Session Session
}

// Check admits one SELECT (or set operation) without parameter markers.
func (g Gate) Check(sql string) (Statement, error) { return g.admit(sql, false) }

// Prepare admits one SELECT with ? markers. They are kept; see Statement.Markers.
func (g Gate) Prepare(sql string) (Statement, error) { return g.admit(sql, true) }

// Statement is text that the guard has admitted and printed itself. Only this package can make one; the zero value is
// refused by the backend.
type Statement struct {
	text   string
	params int
	meta   *meta
	secret []span // where policy values and the key of a hash mask stand in text, in order
}

// span is a piece of a statement's text that is for the backend alone, and what is shown in its place.
type span struct {
	start, end int
	shown      string
}

// meta is the part of a statement's account that does not depend on its values; statements of one shape share it.
type meta struct {
	receipt Receipt
	control bool
	scan    float64 // see ScanBound
	byArgs  bool    // see ByArguments
	markers []int   // see Markers
}

// Valid is false for the zero value.
func (s Statement) Valid() bool { return s.text != "" && s.meta != nil }

// Text is exactly what is sent. It is for the backend: see Shown.
func (s Statement) Text() string { return s.text }

// Shown is the text as people and models may see it, in receipts and in the history: with @name for the value of a policy
// variable, and without the key of a hash mask.
func (s Statement) Shown() string {
	if len(s.secret) == 0 {
		return s.text
	}
	var b strings.Builder
	at := 0
	for _, p := range s.secret {
		b.WriteString(s.text[at:p.start])
		b.WriteString(p.shown)
		at = p.end
	}
	b.WriteString(s.text[at:])
	return b.String()
}

// Params is the number of ? markers of the text that was prepared: as many as the client has arguments.
func (s Statement) Params() int { return s.params }

// Markers says for each ? in Text which argument belongs there, counted from 0; nil means the first in the first, and so on. A
// condition that is copied behind a row policy's barrier has its markers twice.
func (s Statement) Markers() []int {
	if s.meta == nil {
		return nil
	}
	return s.meta.markers
}

// ByArguments reports whether Prepare gives another statement when Session.Arguments says of what kinds the arguments are.
func (s Statement) ByArguments() bool { return s.meta != nil && s.meta.byArgs }

// Control reports whether the statement is one of the closed list of control statements, and not a checked SELECT.
func (s Statement) Control() bool { return s.meta != nil && s.meta.control }

// Receipt says what was checked and changed; never nil on a valid statement. The caller may keep it but must not change
// it: statements of one shape share it.
func (s Statement) Receipt() *Receipt {
	if s.meta == nil {
		return nil
	}
	return &s.meta.receipt
}

// Digest is the SHA-256 of the text, values included, in hexadecimal.
func (s Statement) Digest() string {
	sum := sha256.Sum256([]byte(s.text))
	return hex.EncodeToString(sum[:])
}

// RowLimit is Receipt().RowLimit without the cost of a receipt.
func (s Statement) RowLimit() int64 {
	if s.meta == nil {
		return 0
	}
	return s.meta.receipt.RowLimit
}

// RowPolicies reports whether a row policy or a mask is part of the statement, or anything else that must not be told. The texts of the
// backend's errors and warnings must then be withheld: MySQL puts values into them, and the expression that failed, with the key of a
// hash mask; and names of indexes that are gone.
func (s Statement) RowPolicies() bool {
	return s.meta != nil && (len(s.meta.receipt.Predicates) > 0 || len(s.meta.receipt.Masks) > 0 || len(s.secret) > 0)
}

// PlanHidden reports whether the backend's plan of the statement must not be shown: it reads a table with a row policy, or
// information_schema, and estimates, the choice of a key, and remarks such as "no matching row" depend on rows that are hidden.
func (s Statement) PlanHidden() bool {
	return s.meta != nil && (len(s.meta.receipt.Predicates) > 0 || slices.Contains(s.meta.receipt.Rules, "metadata"))
}

// Receipt is the guard's account of one statement. Policy values do not appear in it.
type Receipt struct {
	Tables     []string // "db.table", sorted
	Columns    []string // "db.table.column" that the statement reads, sorted
	Functions  []string
	Rules      []string // names of the rules that changed or bounded the statement: row-policy, mask, star, limit, …
	Predicates []string // "db.table: customer_id = @user_id"
	Masks      []string // "db.table.column: partial(3, 4)"
	RowLimit   int64    // rows the client may get; the statement asks for one more, so that an excess is seen
	Outputs    []Output // the result's columns, as far as they are known
}

// Output is one column of the result.
type Output struct {
	Name     string
	Sources  []askwire.ColumnRef // base columns that its value depends on
	Figure   bool                // a number over the rows of a group, and no value of one of them
	GroupKey bool
	Counts   []int // of a figure and a key: the results of which one says at least how many rows are behind it
	Masked   bool
	Known    string // the value of the session that it is, as Session.Known names it: @@x, version()
}
