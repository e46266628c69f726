package askwire

import (
	"slices"
	"strings"
	"time"
)

// MaxQuestionName is how many characters the name of a saved question has at most: it is a table's name in the schema ask.
const MaxQuestionName = 64

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
	Place      string // file and line of one that is shipped in a file

	// Of questions kept in the store, whose phrasing is taken word for word but for its parameters.
	ID      string            // "" = shipped in a file
	SavedAt time.Time         // when it was saved
	Columns map[string]string // "db.table.column" that the SQL reads → its type when saved or verified
}

// SavedUse names a saved question as the history does, whose uses are counted: Owner is that of one which is not verified, else "".
type SavedUse struct{ Owner, Name string }

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

// PeriodBound splits the name of a PeriodParam: period1_last is the last day of the first period that the question names.
func PeriodBound(name string) (period int, kind string, ok bool) {
	rest, ok := strings.CutPrefix(name, "period")
	if !ok || len(rest) < 3 || rest[0] < '1' || rest[0] > '9' || rest[1] != '_' || !slices.Contains(PeriodKinds, rest[2:]) {
		return 0, "", false
	}
	return int(rest[0] - '0'), rest[2:], true
}

// PeriodKinds are the bounds that a period has.
var PeriodKinds = []string{"from", "to", "last", "end"}

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
	Kinds    string // of these values, a byte of guard.Arguments each; "" = not known yet
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
