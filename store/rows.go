package store

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

// entry is one thing to be written; exactly one field is set. It is also a line of the spool file.
type entry struct {
	Intent *queryRow `json:"intent,omitempty"`
	Query  *queryRow `json:"query,omitempty"`
	Call   *callRow  `json:"call,omitempty"`
	Use    *useRow   `json:"use,omitempty"`
}

// whole reports whether a line of the spool held an entry.
func (e entry) whole() bool {
	for _, q := range []*queryRow{e.Intent, e.Query} {
		if q != nil && q.QueryTexts == nil {
			return false
		}
	}
	return e != entry{}
}

// queryRow is one row of query_log, its texts capped, valid and redacted.
type queryRow struct {
	ID          string    `json:"id"`
	StartedAt   time.Time `json:"started_at"`
	User        string    `json:"user"`
	ClientAddr  string    `json:"client_address"`
	Verdict     string    `json:"verdict"`
	Rows        int64     `json:"result_rows"`
	Bytes       int64     `json:"result_bytes"`
	PlanMS      float64   `json:"plan_ms"`
	RunMS       float64   `json:"run_ms"`
	TotalMS     float64   `json:"total_ms"`
	ErrorNumber int       `json:"error_number"`
	Error       string    `json:"error"`
	Follows     string    `json:"follows"`

	*QueryTexts
}

// QueryTexts are what the records of a question that is asked again have in common. They are not changed once they are made: many
// rows share them. The name begins with a capital for encoding/json alone.
type QueryTexts struct {
	Account      string  `json:"account"`
	Profile      string  `json:"profile"`
	Kind         string  `json:"kind"`
	Backend      string  `json:"backend"`
	Database     string  `json:"database_name"`
	Question     string  `json:"question"`
	Draft        string  `json:"draft"`
	Statement    string  `json:"statement"`
	Tables       string  `json:"table_names"`
	Trust        string  `json:"trust"`
	Model        string  `json:"model"`
	PromptDigest string  `json:"prompt_digest"`
	InputTokens  int64   `json:"input_tokens"`
	OutputTokens int64   `json:"output_tokens"`
	Redacted     bool    `json:"redacted"`
	Confidence   float64 `json:"confidence"`

	tables []string // as they were recorded; of texts that are remembered
	key    any      // []byte: their key in query_texts; nil = they are not expected again
}

var (
	textColumns = []string{"account", "profile", "kind", "backend", "database_name", "question", "draft", "statement", "table_names", "trust",
		"model", "prompt_digest", "input_tokens", "output_tokens", "redacted", "confidence"}
	ownColumns = []string{"started_at", "user", "client_address", "verdict", "result_rows", "result_bytes", "plan_ms", "run_ms", "total_ms",
		"error_number", "error", "follows"}
	queryColumns = slices.Concat([]string{"id", "text_id"}, ownColumns, textColumns)
)

func (t *QueryTexts) values(to []any) []any {
	return append(to, t.Account, t.Profile, t.Kind, t.Backend, t.Database, t.Question, t.Draft, t.Statement, t.Tables, t.Trust,
		t.Model, t.PromptDigest, t.InputTokens, t.OutputTokens, t.Redacted, t.Confidence)
}

func (r *queryRow) values(to []any) []any {
	return r.QueryTexts.values(append(to, r.ID, "", r.StartedAt, r.User, r.ClientAddr, r.Verdict, r.Rows, r.Bytes, r.PlanMS, r.RunMS, r.TotalMS,
		r.ErrorNumber, r.Error, r.Follows))
}

// shortRow is a row whose texts are in query_texts.
type shortRow queryRow

var shortColumns = []string{"id", "text_id", "started_at", "user", "client_address", "result_rows", "result_bytes", "plan_ms", "run_ms", "total_ms"}

func (r *shortRow) values(to []any) []any {
	return append(to, r.ID, r.key, r.StartedAt, r.User, r.ClientAddr, r.Rows, r.Bytes, r.PlanMS, r.RunMS, r.TotalMS)
}

// textRow is a row of query_texts.
type textRow struct {
	*QueryTexts
	last time.Time // a record of no later than an hour after it has them
}

func (r *textRow) values(to []any) []any { return r.QueryTexts.values(append(to, r.key, r.last)) }

func (r *queryRow) size() int {
	n := len(r.Question) + len(r.Draft) + len(r.Statement) + len(r.Tables) + len(r.Error)
	if r.key != nil { // as a rule they are written once for several
		n /= fewTexts
	}
	return 512 + n
}

// callRow is one row of llm_log.
type callRow struct {
	ID           string    `json:"id"`
	QueryID      string    `json:"query_id"`
	StartedAt    time.Time `json:"started_at"`
	User         string    `json:"user"`
	Profile      string    `json:"profile"`
	Stage        string    `json:"stage"`
	Model        string    `json:"model"`
	Question     string    `json:"question"`
	PromptDigest string    `json:"prompt_digest"`
	Prompt       string    `json:"prompt"`
	Response     string    `json:"response"`
	InputTokens  int64     `json:"input_tokens"`
	OutputTokens int64     `json:"output_tokens"`
	Cost         float64   `json:"cost"`
	DurationMS   float64   `json:"duration_ms"`
	Error        string    `json:"error"`
	Redacted     bool      `json:"redacted"`
}

var callColumns = []string{"id", "query_id", "started_at", "user", "profile", "stage", "model", "question", "prompt_digest",
	"prompt", "response", "input_tokens", "output_tokens", "cost", "duration_ms", "error", "redacted"}

func (r *callRow) values(to []any) []any {
	return append(to, r.ID, r.QueryID, r.StartedAt, r.User, r.Profile, r.Stage, r.Model, r.Question, r.PromptDigest,
		r.Prompt, r.Response, r.InputTokens, r.OutputTokens, r.Cost, r.DurationMS, r.Error, r.Redacted)
}

func (r *callRow) size() int {
	return 512 + len(r.Question) + len(r.Prompt) + len(r.Response) + len(r.Error)
}

// useRow adds to a principal's counts of one day. Unlike the others it is not idempotent: it is spooled at Close only.
type useRow struct {
	User      string `json:"user"`
	Day       string `json:"day"`
	Questions int64  `json:"questions"`
	Tokens    int64  `json:"tokens"`
}

// Caps in bytes; TEXT holds 65,535 and MEDIUMTEXT far more. A statement above the cap is recorded with its head.
const (
	capName      = 128
	capText      = 60 << 10
	capStatement = 256 << 10
)

const cutMark = " … (cut; it had "

// clip makes s valid UTF-8 without NUL and at most limit bytes long, and says when it cut.
func clip(s string, limit int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if len(s) <= limit {
		return s
	}
	mark := cutMark + strconv.Itoa(len(s)) + " bytes)"
	n := max(0, limit-len(mark))
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}

// short clips the text of a VARCHAR column, whose length counts characters, without a mark.
func short(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= limit {
		return s
	}
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s *Store) queryRow(r *askwire.QueryRecord) *queryRow {
	at := r.At
	if at.IsZero() {
		at = s.opts.Clock()
	}
	row := &queryRow{
		ID: short(r.ID, 32), StartedAt: at.UTC(), User: short(r.User, capName), ClientAddr: short(r.ClientAddr, 64), Verdict: short(r.Verdict, 16),
		Rows: r.Rows, Bytes: r.Bytes, PlanMS: milliseconds(r.Plan), RunMS: milliseconds(r.Run), TotalMS: milliseconds(r.Total),
		ErrorNumber: r.ErrorNumber, Follows: short(r.Follows, 32),
	}
	if row.QueryTexts = s.texts.get(r); row.QueryTexts != nil {
		return row
	}
	question, draft, statement, message, redacted := s.redact.query(r)
	row.Error = clip(message, capText)
	row.QueryTexts = &QueryTexts{
		Account: short(r.Account, capName), Profile: short(r.Profile, capName), Kind: short(r.Kind, 16), Backend: short(r.Backend, capName),
		Database: short(r.Database, 64), Question: clip(question, capText), Draft: clip(draft, capStatement), Statement: clip(statement, capStatement),
		Tables: clip(strings.Join(r.Tables, ", "), capText), Trust: short(string(r.Trust), 16), Model: short(r.Model, capName),
		PromptDigest: short(r.PromptDigest, 64), InputTokens: r.Tokens.Input, OutputTokens: r.Tokens.Output, Redacted: redacted, Confidence: r.Confidence,
	}
	s.texts.put(r, row.QueryTexts)
	return row
}

func (s *Store) callRow(c *askwire.ModelCall) *callRow {
	question, prompt, response, message, redacted := s.redact.call(c)
	at := c.At
	if at.IsZero() {
		at = s.opts.Clock()
	}
	return &callRow{
		ID: askwire.NewID(), QueryID: short(c.QueryID, 32), StartedAt: at.UTC(), User: short(c.User, capName),
		Profile: short(c.Profile, capName), Stage: short(string(c.Stage), 16), Model: short(c.Model, capName),
		Question: clip(question, capText), PromptDigest: short(c.PromptDigest, 64), Prompt: clip(prompt, capStatement),
		Response: clip(response, capStatement), InputTokens: c.Tokens.Input, OutputTokens: c.Tokens.Output, Cost: c.Cost,
		DurationMS: milliseconds(c.Duration), Error: clip(message, capText), Redacted: redacted,
	}
}
