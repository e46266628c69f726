// Package guard decides whether a statement may run and what exactly is sent.
//
// STUB while the room is being built: everything is denied. The signatures below are what the other rooms rely on.
package guard

import "github.com/askwire/askwire"

// Policy is one profile compiled against one catalog snapshot. It is immutable and safe for concurrent use.
type Policy struct{ scope *askwire.Snapshot }

// Compile turns a profile into a policy. It returns every problem at once (unknown tables and columns, predicates and
// masks that cannot be parsed, contradictions); with any problem the policy is nil.
func Compile(p *askwire.Profile, snap *askwire.Snapshot) (*Policy, []error) {
	return &Policy{scope: snap}, nil
}

// Digest identifies the policy: profile rules, the fingerprints of its tables and the server. Equal digests decide equally.
func (p *Policy) Digest() string { return "" }

// Scope is the snapshot reduced to what the policy shows: listed tables without denied columns. Nothing else may be
// ranked, named or hinted.
func (p *Policy) Scope() *askwire.Snapshot { return p.scope }

// RowPolicy reports whether the table's rows are restricted.
func (p *Policy) RowPolicy(db, table string) bool { return false }

// Masked reports whether the column's values are masked.
func (p *Policy) Masked(c askwire.ColumnRef) bool { return false }

// Variables lists the policy variables (without @) that row policies and masks use; a principal without one cannot log in.
func (p *Policy) Variables() []string { return nil }

// Mode is how a client's text is read. The backend never sees these modes: the text is printed anew.
type Mode struct{ ANSIQuotes, NoBackslashEscapes, PipesAsConcat bool }

// Session is what a statement's meaning depends on beside its text.
type Session struct {
	Database string
	Mode     Mode
	Vars     map[string]askwire.Value // policy variables, without @
	// Known answers session functions and system variables: "@@version", "@@session.sql_mode", "user()", "database()",
	// "connection_id()". Names are lower case. Nil or false: the expression is denied.
	Known func(name string) (askwire.Value, bool)
	// Metadata admits information_schema, reduced to the policy's scope.
	Metadata bool
	// Limit, when above 0, bounds the result below the profile's rows (the limit option of ASK).
	Limit int64
}

// Gate is a policy bound to a session: what every road to the backend goes through.
type Gate struct {
	Policy  *Policy
	Session Session
}

// Check admits one SELECT (or set operation) without parameter markers.
func (g Gate) Check(sql string) (Statement, error) {
	return Statement{}, askwire.Errorf(askwire.NotSupported, "The guard is not built yet.")
}

// Prepare admits one SELECT with ? markers.
func (g Gate) Prepare(sql string) (Statement, error) { return g.Check(sql) }

// Explain admits one SELECT and returns the statement that explains it, built by the guard. Format is "", "json" or "tree".
func (g Gate) Explain(sql, format string) (Statement, error) { return g.Check(sql) }

// Statement is text that the guard has admitted and printed itself. Only this package can make one; the zero value is
// refused by the backend.
type Statement struct {
	text    string
	params  int
	receipt *Receipt
}

// Valid is false for the zero value.
func (s Statement) Valid() bool { return s.text != "" }

// Text is exactly what is sent.
func (s Statement) Text() string { return s.text }

// Params is the number of ? markers.
func (s Statement) Params() int { return s.params }

// Receipt says what was checked and changed; never nil on a valid statement.
func (s Statement) Receipt() *Receipt { return s.receipt }

// Receipt is the guard's account of one statement. Policy values do not appear in it.
type Receipt struct {
	Tables     []string // "db.table", sorted
	Columns    []string // "db.table.column" that the statement reads
	Functions  []string
	Rules      []string // names of the rules that changed or bounded the statement: row-policy, mask, star, limit, …
	Predicates []string // "db.table: customer_id = @user_id"
	Masks      []string // "db.table.column: partial(3, 4)"
	RowLimit   int64    // rows the client may get; the statement asks for one more, so that an excess is seen
	Digest     string   // of the final text, values included
	Outputs    []Output // the result's columns, as far as they are known
}

// Output is one column of the result.
type Output struct {
	Name      string
	Sources   []askwire.ColumnRef // base columns that its value depends on
	Aggregate bool                // the value is an aggregate over groups
	GroupKey  bool
	Masked    bool
}
