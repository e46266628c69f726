package askwire

import (
	"crypto/rand"
	"strings"
	"time"
)

// Profile is what a principal may see and how questions are answered for it: one [[profile]] of config.toml, which
// documents every key. No profile = nothing is allowed.
type Profile struct {
	Name           string            `toml:"name"`
	Backend        string            `toml:"backend"`
	Models         []string          `toml:"models"`
	Tables         []string          `toml:"tables"`       // "db.table" or "db.*"
	DenyColumns    []string          `toml:"deny_columns"` // "db.table.column"
	LLMDenyColumns []string          `toml:"llm_deny_columns"`
	LLMKeys        []string          `toml:"llm_keys"` // "db.table.column"; with llm_data = "aggregates"
	Rows           map[string]string `toml:"rows"`     // "db.table" → predicate over its columns and @variables
	Masks          map[string]string `toml:"masks"`    // "db.table.column" → partial(a, b) | hash | null | const('…') | date('month') | bucket(n)
	Relationships  []string          `toml:"relationships"`
	Joins          string            `toml:"joins"` // any | declared
	Cartesian      bool              `toml:"cartesian"`
	PlainSQL       string            `toml:"plain_sql"` // guarded | deny
	LLMData        string            `toml:"llm_data"`  // none | aggregates | rows
	Summary        string            `toml:"summary"`   // first | all | last | off
	SummaryWait    Duration          `toml:"summary_wait"`
	Language       string            `toml:"language"`     // question | ko | en | …
	OnAmbiguous    string            `toml:"on_ambiguous"` // answer | ask
	Persona        string            `toml:"persona"`
	AnswerChars    int               `toml:"answer_chars"`
	Instructions   string            `toml:"instructions"`
	Decoys         bool              `toml:"decoys"`
	FunctionsAllow []string          `toml:"functions_allow"`
	Limits         Limits            `toml:"limits"`
}

// Limits bound one statement (rows, bytes, time, scan estimate) and one day (questions, tokens). Zero = the default,
// which Validate fills in.
type Limits struct {
	Rows            int64    `toml:"rows"`
	Bytes           Size     `toml:"bytes"`
	Time            Duration `toml:"time"`
	ScanRows        int64    `toml:"scan_rows"`
	QuestionsPerDay int64    `toml:"questions_per_day"`
	TokensPerDay    int64    `toml:"tokens_per_day"`
}

// User is a principal: one [[user]] of config.toml.
type User struct {
	Name         string         `toml:"name"`
	PasswordHash Secret         `toml:"password_hash"`
	Profiles     []string       `toml:"profiles"` // the first is the default
	Vars         map[string]any `toml:"vars"`
	Rights       []string       `toml:"rights"` // admin | catalog | verify | audit
	Errors       string         `toml:"errors"` // own | compatible
	ActsFor      []string       `toml:"acts_for"`
}

// May reports whether the user has the right, or admin, which includes all.
func (u *User) May(right string) bool {
	for _, r := range u.Rights {
		if r == right || r == "admin" {
			return true
		}
	}
	return false
}

// Secret is a value that prints as xxxxx everywhere but through Reveal.
type Secret struct{ s string }

// NewSecret wraps a resolved secret.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.s }

func (Secret) String() string               { return "xxxxx" }
func (Secret) GoString() string             { return "xxxxx" }
func (Secret) MarshalText() ([]byte, error) { return []byte("xxxxx"), nil }

// UnmarshalText takes the text as the file has it; the configuration resolves env: and file: afterwards.
func (s *Secret) UnmarshalText(b []byte) error { s.s = string(b); return nil }

// Duration is a time.Duration written as "30s" in TOML.
type Duration struct{ time.Duration }

// UnmarshalText parses "30s", "5m", "90d".
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	if n, ok := strings.CutSuffix(s, "d"); ok {
		h, err := time.ParseDuration(n + "h")
		if err != nil {
			return Errorf(WrongValue, "%q is not a duration.", s).WithHint(`Write "30s", "5m", "12h" or "90d".`)
		}
		d.Duration = 24 * h
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return Errorf(WrongValue, "%q is not a duration.", s).WithHint(`Write "30s", "5m", "12h" or "90d".`)
	}
	d.Duration = v
	return nil
}

// Size is a number of bytes, written as "64MiB" in TOML.
type Size int64

// UnmarshalText parses "65536", "64KiB", "64MiB", "1GiB".
func (z *Size) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	mult := int64(1)
	for suffix, m := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if n, ok := strings.CutSuffix(s, suffix); ok {
			s, mult = strings.TrimSpace(n), m
			break
		}
	}
	var n int64
	if s == "" || len(s) > 12 {
		return Errorf(WrongValue, "%q is not a size.", b).WithHint(`Write "64KiB", "64MiB" or "1GiB".`)
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return Errorf(WrongValue, "%q is not a size.", b).WithHint(`Write "64KiB", "64MiB" or "1GiB".`)
		}
		n = n*10 + int64(c-'0')
	}
	*z = Size(n * mult)
	return nil
}

// NewID returns an identifier of 20 lower-case letters and digits: 8 for the time in milliseconds, so that ids are stored
// next to those of their time, then 60 random bits.
func NewID() string {
	const digits = "0123456789abcdefghijklmnopqrstuv"
	var b [20]byte
	ms := time.Now().UnixMilli()
	for i := 7; i >= 0; i-- {
		b[i] = digits[ms&31]
		ms >>= 5
	}
	_, _ = rand.Read(b[8:]) // it never fails
	for i, c := range b[8:] {
		b[8+i] = digits[c&31]
	}
	return string(b[:])
}

// foldName folds a name as MySQL compares identifiers without regard to case.
func foldName(s string) string { return strings.ToLower(s) }
