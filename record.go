package askwire

import "time"

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
