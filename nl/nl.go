// Package nl turns a question into a checked statement and rows into a sentence.
//
// Its main type is Asker. A question takes the cheapest road that answers it: a verified saved question that matches
// exactly (no model), a plan made before (no model), or a model call with a prompt built from the caller's part of the
// catalog, followed by at most two repairs. Whatever the road, the SQL is a draft until the caller's guard.Gate admits it,
// and nl hands out nothing but guard.Statement.
//
// A rule for callers: Question.Snapshot must already be reduced to the profile's scope, because everything in it may be
// named to the model and in errors. Rows reach a model only through Summarize and Narrate, and only as Profile.LLMData,
// LLMDenyColumns and the statement's receipt allow.
//
// nl knows no provider and no server: it calls a Model, a Searcher, a Recorder, a Quota and an Explainer, all declared here.
// Package nl/openai is a Model for OpenAI-compatible servers, nl/offline one that never leaves the process.
package nl

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// Model answers one request. Its errors are *askwire.Error with ModelUnavailable, or the context's.
type Model interface {
	Complete(ctx context.Context, r Request) (Response, error)
}

// Local is implemented by a Model from which nothing leaves the process: what may be sent to a model does not bind it.
type Local interface{ Local() bool }

// Searcher ranks the tables of a snapshot for a text, best first, at most k.
type Searcher interface {
	Search(snap *askwire.Snapshot, text string, k int) []askwire.RankedTable
}

// SearcherFunc makes a function a Searcher.
type SearcherFunc func(snap *askwire.Snapshot, text string, k int) []askwire.RankedTable

// Search calls f.
func (f SearcherFunc) Search(snap *askwire.Snapshot, text string, k int) []askwire.RankedTable {
	return f(snap, text, k)
}

// Recorder keeps every model call. It returns at once; what becomes of a record that cannot be written is its business.
type Recorder interface {
	ModelCall(ctx context.Context, c *askwire.ModelCall)
}

// Quota holds users to their questions and tokens a day, over all proxies.
type Quota interface {
	// Reserve counts one question that needs a model, or refuses it with QuotaExceeded.
	Reserve(ctx context.Context, user string, limits askwire.Limits) error
	// AddTokens counts what a call read and wrote. It returns at once.
	AddTokens(user string, tokens int64)
}

// Explainer runs a statement that guard.Gate.Explain made. Its error is what the backend said about the draft; an
// *askwire.Error whose code the model can correct leads to a repair, any other error is ignored: the statement itself will
// meet it.
type Explainer interface {
	Explain(ctx context.Context, q *askwire.Question, st guard.Statement) error
}

// Message is one turn of a prompt.
type Message struct {
	Role Role
	Text string
}

// Role is who speaks.
type Role string

const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Request is one call of a model.
type Request struct {
	Stage     askwire.Stage
	Messages  []Message
	Schema    json.RawMessage // JSON schema of the answer; nil = plain text
	MaxTokens int             // of the answer
	Varied    bool            // one of several answers that are compared: a model with a temperature raises it
	decoys    *decoys         // in the prompt; nil = none
	Facts     *Facts          // the prompt's contents in structured form, for a Local model; others ignore it
}

// Text is the prompt as ASK PROMPT shows it and llm_log keeps it.
func (r Request) Text() string {
	var b strings.Builder
	for i, m := range r.Messages {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString("### ")
		b.WriteString(string(m.Role))
		b.WriteByte('\n')
		b.WriteString(m.Text)
	}
	return b.String()
}

// Facts is what a request is about.
type Facts struct {
	Question *askwire.Question
	Plan     *askwire.Plan
	Sample   askwire.Sample
	Language string   // "ko", "en", …, or "question" when the question's language is not known
	Offered  []string // saved questions near this one that the caller may ask, best first
}

// Response is what a model wrote.
type Response struct {
	Text    string
	Tokens  askwire.Tokens
	Cost    float64 // in the currency of the configured price
	Refused string  // the model's own refusal, if it refused
	Cut     bool    // the answer ended at the token limit
}

// NamedModel is one [[model]].
type NamedModel struct {
	Name    string
	Model   Model
	Timeout time.Duration // of one call with its retries; 0 = 30 s

	PromptTokens int     // of the prompt of a question, at most; 0 = 16000
	TokenFactor  float64 // how many tokens it makes of one of nl/tokens; 0 = 1

	QueryPrefix, PassagePrefix string // what its embeddings want in front of what is looked for, and of what is found
}

// Config is what an Asker is built from. Search and at least one model are required.
type Config struct {
	Models       []NamedModel
	Search       Searcher
	Record       Recorder  // nil: calls are not recorded
	Quota        Quota     // nil: only this process counts
	Explain      Explainer // nil: drafts are not explained before they are handed out
	Saved        []askwire.SavedQuestion
	Vectors      Vectors       // nil: vectors are not kept beyond this process
	Plans        Plans         // nil: plans are not shared with other proxies
	Clock        askwire.Clock // nil: time.Now
	EmbedWait    time.Duration // that a ranking waits for vectors; 0 = 3 s
	PlanCache    int           // entries; 0 = 4096, negative = none
	SummaryCache int           // entries; 0 = 4096, negative = none
}

// Asker answers questions. It is safe for concurrent use.
type Asker struct {
	models  map[string]NamedModel
	first   string
	search  Searcher
	record  Recorder
	explain Explainer
	clock   askwire.Clock

	saved    atomic.Pointer[savedSet]
	saving   sync.Mutex // one change of the saved questions at a time
	fileSet  *savedSet
	stored   []askwire.SavedQuestion
	quota    Quota
	plans    *lru[draft]
	shared   Plans
	vectors  *lru[[]float32]
	meanings meanings

	sharedVectors Vectors
	embedWait     time.Duration

	looking   flights[draft] // into shared
	notes     notesDigests
	planning  flights[draft]
	summaries *lru[string]
	said      *lru[string] // by the rows' digest
	wording   flights[string]
	counts    counts
	uses      uses
	readings  *lru[*reading]
}

// New builds an Asker. A saved question that cannot be used is an error that names it.
func New(c Config) (*Asker, error) {
	if c.Search == nil {
		return nil, askwire.Errorf(askwire.Internal, "nl.New: no Searcher.")
	}
	if len(c.Models) == 0 {
		return nil, askwire.Errorf(askwire.WrongValue, "No model is configured.").
			WithHint(`Add a [[model]] section; provider = "offline" needs no network.`)
	}
	a := &Asker{
		models: make(map[string]NamedModel, len(c.Models)), first: c.Models[0].Name,
		search: c.Search, record: c.Record, explain: c.Explain, clock: c.Clock,
		quota: c.Quota, plans: newLRU[draft](cacheSize(c.PlanCache)), summaries: newLRU[string](cacheSize(c.SummaryCache)), said: newLRU[string](cacheSize(c.SummaryCache)),
		readings: newLRU[*reading](4096), shared: c.Plans,
		vectors: newLRU[[]float32](maxVectors), sharedVectors: c.Vectors, embedWait: cmp.Or(c.EmbedWait, 3*time.Second), counts: counts{newLRU[int](4096)},
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	if a.quota == nil {
		a.quota = newMemoryQuota(a.clock)
	}
	for _, m := range c.Models {
		if _, twice := a.models[m.Name]; twice || m.Name == "" || m.Model == nil {
			return nil, askwire.Errorf(askwire.WrongValue, "The model %q is configured twice or has no name.", m.Name).
				WithHint("Give every [[model]] its own name.")
		}
		if m.Timeout <= 0 {
			m.Timeout = 30 * time.Second
		}
		a.models[m.Name] = m
	}
	if err := a.Reload(c.Saved); err != nil {
		return nil, err
	}
	return a, nil
}

// Reload replaces the saved questions of the files at once. With any that cannot be used it changes nothing and returns an
// error that names each.
func (a *Asker) Reload(saved []askwire.SavedQuestion) error {
	set, err := newSavedSet(saved)
	if err != nil {
		return err
	}
	a.saving.Lock()
	defer a.saving.Unlock()
	if a.fileSet != nil {
		set.drift = a.fileSet.drift
	}
	a.fileSet = set
	all, _ := set.with(a.stored) // SetStored has named those that cannot be used
	a.saved.Store(all)
	return nil
}

func cacheSize(n int) int {
	if n == 0 {
		return 4096
	}
	return max(n, 0)
}

// pick chooses the model of a question: the option, if the profile has that model, else the profile's first.
func (a *Asker) pick(q *askwire.Question) (NamedModel, error) {
	name := a.first
	if len(q.Profile.Models) > 0 {
		name = q.Profile.Models[0]
	}
	if want := q.Options.Model; want != "" && want != name {
		found := false
		for _, m := range q.Profile.Models {
			found = found || m == want
		}
		if !found {
			return NamedModel{}, askwire.Errorf(askwire.WrongValue, "The model %q is not one of this profile's.", want).
				WithHint("Choose one of: %s.", strings.Join(q.Profile.Models, ", "))
		}
		name = want
	}
	m, ok := a.models[name]
	if !ok {
		return NamedModel{}, askwire.Errorf(askwire.ModelUnavailable, "The profile's model %q is not configured.", name).
			WithHint("Ask the administrator to add it to config.toml.")
	}
	return m, nil
}

func (m NamedModel) local() bool {
	l, ok := m.Model.(Local)
	return ok && l.Local()
}
