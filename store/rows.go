package store

import (
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

// queryRow is one row of query_log, its texts capped, valid and redacted.
type queryRow struct {
	ID           string    `json:"id"`
	StartedAt    time.Time `json:"started_at"`
	User         string    `json:"user"`
	Account      string    `json:"account"`
	Profile      string    `json:"profile"`
	ClientAddr   string    `json:"client_address"`
	Kind         string    `json:"kind"`
	Backend      string    `json:"backend"`
	Database     string    `json:"database_name"`
	Question     string    `json:"question"`
	Draft        string    `json:"draft"`
	Statement    string    `json:"statement"`
	Tables       string    `json:"table_names"`
	Verdict      string    `json:"verdict"`
	Trust        string    `json:"trust"`
	Model        string    `json:"model"`
	PromptDigest string    `json:"prompt_digest"`
	InputTokens  int64     `json:"input_tokens"`
	OutputTokens int64     `json:"output_tokens"`
	Rows         int64     `json:"result_rows"`
	Bytes        int64     `json:"result_bytes"`
	PlanMS       float64   `json:"plan_ms"`
	RunMS        float64   `json:"run_ms"`
	TotalMS      float64   `json:"total_ms"`
	ErrorNumber  int       `json:"error_number"`
	Error        string    `json:"error"`
	Redacted     bool      `json:"redacted"`
	Confidence   float64   `json:"confidence"`
	Follows      string    `json:"follows"`
}

var queryColumns = []string{"id", "started_at", "user", "profile", "client_address", "kind", "question", "draft", "statement",
	"table_names", "verdict", "trust", "model", "prompt_digest", "input_tokens", "output_tokens", "result_rows", "result_bytes",
	"plan_ms", "run_ms", "total_ms", "error_number", "error", "redacted", "backend", "database_name", "account", "confidence", "follows"}

func (r *queryRow) values() []any {
	return []any{r.ID, r.StartedAt, r.User, r.Profile, r.ClientAddr, r.Kind, r.Question, r.Draft, r.Statement,
		r.Tables, r.Verdict, r.Trust, r.Model, r.PromptDigest, r.InputTokens, r.OutputTokens, r.Rows, r.Bytes,
		r.PlanMS, r.RunMS, r.TotalMS, r.ErrorNumber, r.Error, r.Redacted, r.Backend, r.Database, r.Account, r.Confidence, r.Follows}
}

func (r *queryRow) size() int {
	return 512 + len(r.Question) + len(r.Draft) + len(r.Statement) + len(r.Tables) + len(r.Error)
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

func (r *callRow) values() []any {
	return []any{r.ID, r.QueryID, r.StartedAt, r.User, r.Profile, r.Stage, r.Model, r.Question, r.PromptDigest,
		r.Prompt, r.Response, r.InputTokens, r.OutputTokens, r.Cost, r.DurationMS, r.Error, r.Redacted}
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
	question, draft, statement, message, redacted := s.redact.query(r)
	at := r.At
	if at.IsZero() {
		at = s.opts.Clock()
	}
	return &queryRow{
		ID: short(r.ID, 32), StartedAt: at.UTC(), User: short(r.User, capName), Profile: short(r.Profile, capName),
		Account: short(r.Account, capName), ClientAddr: short(r.ClientAddr, 64), Kind: short(r.Kind, 16), Backend: short(r.Backend, capName), Database: short(r.Database, 64), Question: clip(question, capText),
		Draft: clip(draft, capStatement), Statement: clip(statement, capStatement), Tables: clip(strings.Join(r.Tables, ", "), capText),
		Verdict: short(r.Verdict, 16), Trust: short(string(r.Trust), 16), Model: short(r.Model, capName),
		PromptDigest: short(r.PromptDigest, 64), InputTokens: r.Tokens.Input, OutputTokens: r.Tokens.Output,
		Rows: r.Rows, Bytes: r.Bytes, PlanMS: milliseconds(r.Plan), RunMS: milliseconds(r.Run), TotalMS: milliseconds(r.Total),
		ErrorNumber: r.ErrorNumber, Error: clip(message, capText), Redacted: redacted, Confidence: r.Confidence, Follows: short(r.Follows, 32),
	}
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
