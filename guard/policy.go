package guard

import (
	"strings"

	"github.com/askwire/askwire"
)

// Policy is one profile compiled against one catalog snapshot. It is immutable and safe for concurrent use.
type Policy struct {
	digest    string
	scope     *askwire.Snapshot
	server    askwire.Server
	tables    map[[2]string]*tableRule // by folded database and name
	names     map[string]bool          // lower-case names of the listed tables
	hidden    map[string]bool          // lower-case names of the others
	stale     map[[2]string]string     // the rule that denies a table, by folded database and name; nil: a stale rule denies everything
	whole     map[string]bool          // folded names of the databases listed as db.*
	meta      map[string]*tableRule    // information_schema, by lower-case name
	functions map[string]bool          // functions_allow
	vars      []string
	types     map[string]typeClass // of the variables, by what they are compared with
	warnings  []*Problem
	rows      int64 // the profile's row limit
	cartesian bool
	declared  bool                          // joins along relations only
	relations map[[2]askwire.ColumnRef]bool // both ways
	hashKey   string                        // hexadecimal
	virtual   []*askwire.Table              // that no server has
	cache     *cache
}

// tableRule is what a policy says about one table.
type tableRule struct {
	db, name string
	id       string
	cols     []columnRule // visible ones, in the table's order
	byLow    map[string]int
	denied   map[string]bool // lower-case names
	rows     *fragment       // the row policy, printed; nil without one
	rowsText string          // as the profile has it, without its constants
	rowsRead map[string]bool // lower-case names of the table's columns in the row policy
	ignored  *fragment       // the indexes that the table is read without
	filter   *fragment       // information_schema: the reduction to the scope
	wrap     bool            // must be read through a sub-select
	estimate float64         // rows, by the catalog
	barrier  bool            // … that expressions from outside must not get into
	virtual  bool            // in no server: all its rows are the session's
	narrow   bool            // its text is utf8mb3 where rows of the session join it
	view     bool
}

// columnRule is what a policy says about one visible column.
type columnRule struct {
	name, low string
	ref       askwire.ColumnRef
	class     typeClass
	unique    bool // by a key of this column alone
	nullable  bool
	keyed     bool // part of a key
	flag      bool // holds few values
	invisible bool // by its name only: not part of a star or of a natural join
	mask      *maskRule
	expr      *fragment // information_schema: what stands for the value
}

// maskRule replaces a column's value.
type maskRule struct {
	text string // as the profile has it
	expr *fragment
}

// fragment is printed SQL with slots for what differs between statements.
type fragment struct {
	text  string
	slots []slot
}

// typeClass is how a column's type compares with constants.
type typeClass uint8

const (
	otherType typeClass = iota
	numericType
	textType
	temporalType
)

func classOf(dataType string) typeClass {
	switch strings.ToLower(dataType) {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric", "float", "double", "real", "year":
		return numericType
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum":
		return textType
	case "date", "datetime", "timestamp":
		return temporalType
	default:
		return otherType
	}
}

// Digest identifies the policy: profile rules, the fingerprints of its tables and the server. Equal digests decide equally.
func (p *Policy) Digest() string { return p.digest }

// Scope is the snapshot reduced to what the policy shows: listed tables without denied columns. Nothing else may be
// ranked, named or hinted.
func (p *Policy) Scope() *askwire.Snapshot { return p.scope }

// RowPolicy reports whether the table's rows are restricted.
func (p *Policy) RowPolicy(db, table string) bool {
	t := p.table(db, table)
	return t != nil && t.rows != nil
}

// Masked reports whether the column's values are masked.
func (p *Policy) Masked(c askwire.ColumnRef) bool {
	t := p.table(c.DB, c.Table)
	if t == nil {
		return false
	}
	i, ok := t.byLow[strings.ToLower(c.Column)]
	return ok && t.cols[i].mask != nil
}

// Variables lists the policy variables (without @) that row policies and masks use; a principal without one cannot log in.
func (p *Policy) Variables() []string { return p.vars }

// Warnings lists what an operator should know but what is no error, such as a mask that loses an index.
func (p *Policy) Warnings() []*Problem { return p.warnings }

func (p *Policy) fold(name string) string {
	if p.server.LowerCase == 0 {
		return name
	}
	return strings.ToLower(name)
}

// foldDatabase: information_schema has that name in any letters, on every server.
func (p *Policy) foldDatabase(name string) string {
	if strings.EqualFold(name, metadataSchema) {
		return metadataSchema
	}
	return p.fold(name)
}

const metadataSchema = "information_schema"

func (p *Policy) table(db, name string) *tableRule {
	return p.tables[[2]string{p.fold(db), p.fold(name)}]
}
