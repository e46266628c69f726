package proxy

import (
	"context"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// Directory knows the principals and what they are bound to. It is safe for concurrent use.
type Directory interface {
	// User finds a principal. One that is gone is disconnected at its next statement.
	User(name string) (*askwire.User, bool)
	// Generation changes with every reload and catalog refresh. It is asked for at every statement and must be cheap.
	Generation() uint64
	// Bind gives the principal's binding: at login, after a change of Generation, and for SET askwire.profile and
	// askwire.end_user. An error is for the client.
	Bind(p Principal) (*Binding, error)
}

// Principal says for whom a session works.
type Principal struct {
	User    string // who has logged in
	For     string // the person behind a service account; "" = none has been named
	Profile string // chosen; "" = the first on Backend, else the first
	Backend string // that the listener announces; "" = any
}

// Binding is what a session works with until the Directory's generation changes. It is immutable.
type Binding struct {
	User         *askwire.User // with For, the person, with the rights that both have
	Profile      *askwire.Profile
	Policy       *guard.Policy
	Vars         map[string]askwire.Value // policy variables, without @
	NoValue      string                   // what to do when a policy variable has no value; "" = ask the operator
	Backend      *wire.Pool
	Store        *guard.Policy // for statements that name askwire.*; nil = there is no store
	StoreBackend *wire.Pool
}

// Asker turns questions into checked statements and results into text. Package nl is one.
type Asker interface {
	// Ready is Plan where nothing has to be waited for. It is false for all else, which Plan is asked for then.
	Ready(q *askwire.Question, gate guard.Gate) (*askwire.Plan, guard.Statement, bool)
	Plan(ctx context.Context, q *askwire.Question, gate guard.Gate) (*askwire.Plan, guard.Statement, error)
	// Argument reads a value that came for a marker of a plan, as the saved question's parameter takes it.
	Argument(q *askwire.Question, m askwire.Marker, v askwire.Value) (askwire.Value, error)
	Prompt(ctx context.Context, q *askwire.Question, gate guard.Gate) (string, error)
	Tables(ctx context.Context, q *askwire.Question, gate guard.Gate) ([]askwire.RankedTable, error)
	// Summarize words the result; "" and no error means that there is none to give.
	Summarize(ctx context.Context, q *askwire.Question, p *askwire.Plan, st guard.Statement, s askwire.Sample) (string, error)
	// Said is what Summarize said of the same rows, by their digest, in answer to the same question. It waits for nothing.
	Said(q *askwire.Question, p *askwire.Plan, st guard.Statement, digest [32]byte) (string, bool)
	Narrate(ctx context.Context, q *askwire.Question, p *askwire.Plan, st guard.Statement, s askwire.Sample) (string, error)
	SuggestionsFor(q *askwire.Question, gate guard.Gate) []string
}

// Recorder keeps the history. Package store is one.
type Recorder interface {
	// Full reports whether Begin and Finish may have to wait for room now.
	Full() bool
	// Begin makes a record of the intent: a durable one, for which it waits, where the audit is required. Its error refuses the
	// ASK then.
	Begin(ctx context.Context, r *askwire.QueryRecord) error
	// Finish records how a statement ended; for plain SQL it is the only call.
	Finish(ctx context.Context, r *askwire.QueryRecord)
	// Asked returns what this user asked under the id: ID, At, User, Backend, Database, Question, Draft and Trust.
	Asked(ctx context.Context, user, id string) (*askwire.QueryRecord, error)
	Usage(ctx context.Context, user string) (askwire.Usage, error)
}

// Curator knows the saved questions and what of them a caller may know. Package nl is one.
type Curator interface {
	// Saving makes a saved question of a question and its SQL, or says why that cannot be.
	Saving(q *askwire.Question, gate guard.Gate, sql string, params []askwire.Param) (askwire.SavedQuestion, error)
	// Verifying is a saved question as it would be verified now, when its SQL passes the gate.
	Verifying(q *askwire.Question, gate guard.Gate, saved askwire.SavedQuestion) (askwire.SavedQuestion, error)
	SavedFor(q *askwire.Question, gate guard.Gate) []askwire.SavedState
	CandidatesFor(q *askwire.Question, gate guard.Gate, list []askwire.Candidate) []askwire.Candidate
}

// Annotator keeps what people write about tables and columns. It refuses what does not fit the database, or contradicts a file.
type Annotator interface {
	// Annotate returns the number of rows that it changed.
	Annotate(ctx context.Context, by string, e *askwire.AnnotationEdit) (int64, error)
}

// Library keeps saved questions and feedback. Package store is one. What is saved on another proxy reaches the Curator
// within seconds, what is saved here at once.
type Library interface {
	Save(ctx context.Context, q *askwire.SavedQuestion) error
	Verify(ctx context.Context, q *askwire.SavedQuestion, by string) error
	Forget(ctx context.Context, q *askwire.SavedQuestion) error
	Feedback(ctx context.Context, user, id string, good bool, note string) error
	// Candidates are questions worth saving, of everybody: what one may see is the Curator's to say.
	Candidates(ctx context.Context) ([]askwire.Candidate, error)
}
