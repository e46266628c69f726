// Package askwire holds the words of the project: the domain types that its rooms hand to each other, and the error codes.
//
// It imports the standard library only and does nothing by itself. The rooms are guard (may this SQL run, and what exactly
// is sent), catalog (what is in the database), nl (from question to statement to summary), store (what must be
// remembered), proxy (the MySQL protocol to both sides) and generators (sample data); cmd/askwire plugs them together.
//
// Values of these types are shared between goroutines and are not changed once handed over.
package askwire

import (
	"context"
	"time"
)

// Family is a kind of server, as far as SQL and protocol differ.
type Family string

const (
	MariaDB  Family = "mariadb"
	MySQL    Family = "mysql"
	TiDB     Family = "tidb"
	Embedded Family = "embedded" // the light demo engine
)

// Server says what a backend is.
type Server struct {
	Family     Family
	Version    string // as the server greets, such as "10.11.14-MariaDB"
	Major      int
	Minor      int
	LowerCase  int               // lower_case_table_names: 0, 1 or 2
	Vectors    bool              // VECTOR columns and distance functions
	TimeZone   string            // the server's @@time_zone, resolved where it says SYSTEM
	Variables  map[string]string // SHOW GLOBAL VARIABLES of the harmless kind, lower-case names
	Collations []string
}

// AtLeast reports whether the version is major.minor or later.
func (s Server) AtLeast(major, minor int) bool {
	return s.Major > major || s.Major == major && s.Minor >= minor
}

// Snapshot is what the catalog knew about one backend at one moment. It is immutable.
type Snapshot struct {
	Backend       string // name of the [[backend]]
	Version       uint64 // grows with every change
	At            time.Time
	Server        Server
	Tables        []*Table // sorted by DB, Name
	Relationships []Relationship
	Terms         []Term

	byName map[[2]string]*Table
}

// NewSnapshot indexes the tables. Names compare as the server's lower_case_table_names says.
func NewSnapshot(s Snapshot) *Snapshot {
	s.byName = make(map[[2]string]*Table, len(s.Tables))
	for _, t := range s.Tables {
		s.byName[[2]string{s.fold(t.DB), s.fold(t.Name)}] = t
	}
	return &s
}

// Table finds a table as the server would.
func (s *Snapshot) Table(db, name string) (*Table, bool) {
	t, ok := s.byName[[2]string{s.fold(db), s.fold(name)}]
	return t, ok
}

func (s *Snapshot) fold(name string) string {
	if s.Server.LowerCase == 0 {
		return name
	}
	return foldName(name)
}

// Table is a base table or view. The names and descriptions beyond Comment come from annotations.
type Table struct {
	DB, Name    string
	View        bool
	Comment     string
	Engine      string
	Collation   string
	Rows        int64 // the server's estimate, -1 when unknown
	Columns     []Column
	PrimaryKey  []string
	Indexes     []Index
	ForeignKeys []ForeignKey
	CreatedAt   time.Time // zero when unknown

	NameKo, NameEn string
	Description    string
	Synonyms       []string
	Fingerprint    uint64 // of names, types, keys and comments: changes when the table does
}

// ID is "db.table".
func (t *Table) ID() string { return t.DB + "." + t.Name }

// Column finds a column; column names never depend on case in MySQL.
func (t *Table) Column(name string) (*Column, bool) {
	f := foldName(name)
	for i := range t.Columns {
		if foldName(t.Columns[i].Name) == f {
			return &t.Columns[i], true
		}
	}
	return nil, false
}

// Column is one column of a table.
type Column struct {
	Name      string
	Type      string // the full type as the server prints it: decimal(10,2)
	DataType  string // its bare name, lower case: decimal
	Nullable  bool
	Default   *string
	Key       string // PRI, UNI, MUL or ""
	Extra     string
	Charset   string
	Collation string
	Comment   string

	NameKo, NameEn string
	Description    string
	Synonyms       []string
	Samples        []string // a few values, only where policy allows
}

// Index is one index in key order.
type Index struct {
	Name    string
	Unique  bool
	Columns []string
}

// ForeignKey is a declared reference.
type ForeignKey struct {
	Name            string
	Columns         []string
	RefDB, RefTable string
	RefColumns      []string
}

// Relationship is a join path, declared in the database or written by hand.
type Relationship struct {
	From, To ColumnRef
	ByHand   bool
}

// Same reports whether both join the same two columns, in either direction.
func (r Relationship) Same(o Relationship) bool {
	return r.From == o.From && r.To == o.To || r.From == o.To && r.To == o.From
}

// ColumnRef names a column in full.
type ColumnRef struct{ DB, Table, Column string }

// String is "db.table.column".
func (c ColumnRef) String() string { return c.DB + "." + c.Table + "." + c.Column }

// Term is a line of the glossary: what people say, and what it means in this schema.
type Term struct {
	Name     string
	Synonyms []string
	Meaning  string   // for the prompt: an SQL fragment or a sentence
	Tables   []string // "db.table" it points to
}

// Annotation is one entry of what people know about a database beyond its schema, as the store keeps it: a row of
// askwire.tables, askwire.columns, askwire.terms or askwire.relationships.
type Annotation struct {
	Of      AnnotationKind
	Backend string // "" = every backend

	Database, Table, Column     string // of tables and columns
	NameKo, NameEn, Description string
	Synonyms                    []string // of terms too

	Name, Meaning string   // of terms
	Tables        []string // "db.table"

	From, To string // of relationships: "db.table.column"

	By string // who wrote it last
	At time.Time
}

// AnnotationKind is the store's table that holds an annotation.
type AnnotationKind string

const (
	TableNotes    AnnotationKind = "tables"
	ColumnNotes   AnnotationKind = "columns"
	TermNotes     AnnotationKind = "terms"
	RelationNotes AnnotationKind = "relationships"
)

// AnnotationEdit is a statement on one of the annotation tables: INSERT when it has Rows, UPDATE when it has Set, else
// DELETE. Where holds the rows' equal columns; all of them must match. Texts are as typed, by column.
type AnnotationEdit struct {
	Of    AnnotationKind
	Rows  []map[string]string
	Set   map[string]string
	Where map[string]string
}

// Drift is one change of a backend's schema that a refresh found.
type Drift struct {
	At                               time.Time
	Backend, Database, Table, Column string // Column "" = the table itself
	Kind                             string // added | dropped | type | keys | text: comments and defaults
	Was, Is                          string
}

// SavedQuestion is a question whose SQL is known. One that is Verified answers without a model.
type SavedQuestion struct {
	Name       string
	Backend    string   // "" = any
	Database   string   // default database of SQL
	Questions  []string // phrasings; {name} stands for a parameter
	SQL        string   // :name stands for a parameter
	Params     []Param
	Explain    map[string]string // language → one sentence on what the SQL does
	Summary    map[string]string // language → template of the summary, for the offline model
	Verified   bool
	VerifiedBy string
	VerifiedAt time.Time
	Onboarding bool   // offered to newcomers by SHOW ASK SUGGESTIONS
	Owner      string // "" = shipped in a file

	// Of questions kept in the store, whose phrasing is taken word for word but for its parameters.
	ID      string            // "" = shipped in a file
	SavedAt time.Time         // when it was saved
	Columns map[string]string // "db.table.column" that the SQL reads → its type when saved or verified
}

// SavedState is a saved question as one principal sees it. Stale is why its SQL does not fit the database any more, or nil.
type SavedState struct {
	SavedQuestion
	Stale error
}

// Candidate is a question that was asked often and that no saved question answers: worth saving and verifying.
type Candidate struct {
	ID       string // of one of the times it was asked
	Profile  string
	Backend  string
	Database string
	Question string
	SQL      string
	Asked    int64
	Users    int64
	Last     time.Time
}

// Param is a typed parameter of a saved question.
type Param struct {
	Name     string
	Type     ParamType
	Default  string            // used by phrasings that do not mention it; "" = required
	Values   []string          // closed list, if any
	Aliases  map[string]string // what people say → value, such as 서울 → Seoul
	Min, Max int64             // for int; both 0 = no bounds
}

// ParamType is the type of a parameter.
type ParamType string

const (
	IntParam    ParamType = "int"
	NumberParam ParamType = "number" // with or without a fraction
	StringParam ParamType = "string"
	MonthParam  ParamType = "month" // YYYY-MM
	DateParam   ParamType = "date"  // YYYY-MM-DD
	// PeriodParam is a bound of a period that the question names, such as "last month": its value is computed anew whenever
	// the question is asked. Its name says which: period1_from, period1_to (exclusive), period1_last (the last day),
	// period1_end (the last second).
	PeriodParam ParamType = "period"
)

// Value is a typed SQL literal: a policy variable, a session value, a parameter.
type Value struct {
	Kind ValueKind
	Text string // as MySQL's text protocol would print it; no quotes
}

// ValueKind is the type of a Value.
type ValueKind uint8

const (
	Null ValueKind = iota
	Int            // decimal digits with an optional sign, within BIGINT or BIGINT UNSIGNED
	Decimal
	Float
	String
)

// Trust says how far an answer's SQL can be relied on.
type Trust string

const (
	Verified  Trust = "verified"  // written or approved by a person
	Saved     Trust = "saved"     // the asker's own saved question, which nobody has verified
	Assisted  Trust = "assisted"  // by a model that was shown verified queries
	Generated Trust = "generated" // by a model alone
	Edited    Trust = "edited"    // written or changed by the asker: ASK RUN id AS '…'
)

// Question is one question with everything that decides its answer. The caller's policy travels beside it as a guard.Gate.
type Question struct {
	ID       string // identifies question, plan and history record
	Text     string // parameters of a prepared question are named by ParamName
	Params   int    // how many there are; their values come with each execute
	User     *User
	Profile  *Profile
	Snapshot *Snapshot // already reduced to the profile's scope: nothing else may be named, ranked or hinted
	Database string
	TimeZone *time.Location
	Now      time.Time
	Options  AskOptions
	Call     *Call              // the question is called by a name
	Columns  []string           // that the answer must have, by these names, beside others: a statement around the question uses them
	Earlier  []Turn             // of the conversation that the question follows up on, oldest first; nil = it stands alone
	Progress func(stage string) // never nil; says "linking", "asking the model", "repairing", "summarising"
}

// Call asks a saved question by its name, or by its id.
type Call struct {
	Name    string
	Free    bool              // a name that no saved question has is a question in words
	Args    []string          // in the order of the parameters; nil = none were given, not even none
	Named   map[string]string // by lower-case name; names that are no parameters mean nothing here
	Example bool              // no rows are wanted: a parameter without a value gets one of its type
}

// Turn is an earlier question of a conversation, and the SQL that answered it, before policies. It holds no rows.
type Turn struct{ Question, SQL, Database string }

// AskOptions are the settings that a statement (USING …) or session (SET askwire.…) can make.
type AskOptions struct {
	Model    string
	Summary  string // first | all | last | off
	Limit    int64  // 0 = the profile's
	Timeout  time.Duration
	Language string
	Execute  bool

	OnAmbiguous string // ask: a question with two readings is an error that names both; answer, or "": the likelier is taken
	Candidates  int    // drafts that are compared; below 2 = one draft
}

// Plan is what came out of a question before it runs.
type Plan struct {
	ID           string
	Question     string
	Draft        string // SQL as the model or the saved question has it, before policies
	Tables       []string
	Explanation  string
	Assumptions  []string
	Resolved     []string // dates and amounts of the question as they were understood, one each
	Readings     []string // of an ambiguous question, the one that was taken first
	Agreed       int      // of Candidates drafts, how many were this statement; 0 = there was one
	Candidates   int
	Model        string // name of the [[model]], or "saved:<name>"
	Trust        Trust
	PromptDigest string
	Tokens       Tokens
	Calls        int // model calls made for this plan, 0 on a cached or verified one
	Cached       bool
	Ranked       []RankedTable
	Attempts     []Attempt
	Saved        *SavedQuestion // the verified question that matched, if any
	Args         map[string]Value
	Markers      []Marker // of the statement of a prepared question, in their order
}

// Attempt is one draft and why it was not taken; Err is nil for the one that was.
type Attempt struct {
	Draft  string
	Repair string // "", "catalog" or "model"
	Err    error
}

// RankedTable is one row of ASK TABLES.
type RankedTable struct {
	Table  *Table
	Score  float64
	Reason string
}

// Tokens counts what a model read and wrote.
type Tokens struct{ Input, Output int64 }

// Sample is the head of a result, as text, for a summary.
type Sample struct {
	Columns  []string
	Types    []string    // MySQL type names, lower case
	Rows     [][]*string // nil = NULL
	Complete bool        // false: the result went on after these rows
	Digest   [32]byte    // of all this, as the backend sent it; zero = not known
}

// QueryRecord is one statement's record for query_log.
type QueryRecord struct {
	ID               string
	At               time.Time
	User             string
	Account          string // that logged in for User; "" = User itself
	Profile          string
	ClientAddr       string
	Kind             string // ask | prepare | plain | run | narrate | sql | more | save | verify | forget | good | bad
	Backend          string // name of the [[backend]]
	Database         string // default database of Draft
	Question         string // "" for plain SQL
	Follows          string // id of the question that it follows up on; "" = it stands alone
	Draft            string
	Statement        string // the text that was sent
	Tables           []string
	Verdict          string // allowed | denied | failed
	Trust            Trust
	Confidence       float64 // the part of the candidates that agreed; 0 = there was one draft
	Model            string
	PromptDigest     string
	Tokens           Tokens
	Rows             int64
	Bytes            int64
	Plan, Run, Total time.Duration
	ErrorNumber      int
	Error            string
}

// ModelCall is one call of a model for llm_log.
type ModelCall struct {
	QueryID      string
	At           time.Time
	User         string
	Profile      string
	Stage        Stage
	Model        string
	Question     string
	PromptDigest string
	Prompt       string
	Response     string
	Tokens       Tokens
	Cost         float64
	Duration     time.Duration
	Error        string
}

// Stage is what a model was called for.
type Stage string

const (
	StageSQL     Stage = "sql"
	StageRepair  Stage = "repair"
	StageSummary Stage = "summary"
	StageNarrate Stage = "narrate"
	StageEmbed   Stage = "embed"
)

// Usage is what a principal has used today.
type Usage struct {
	Questions int64
	Tokens    int64
}

// Clock tells the time; tests bring their own.
type Clock func() time.Time

type idKey struct{}

// WithID marks ctx with the question's id, for logs.
func WithID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// IDFrom returns the id set by WithID, or "".
func IDFrom(ctx context.Context) string { id, _ := ctx.Value(idKey{}).(string); return id }
