package nl

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// maxRepairs is how often a model may correct its draft.
const maxRepairs = 2

// draft is a plan before policies: what is kept for the next one who asks the same.
type draft struct {
	answer
	database     string // default database of the SQL, "" = the session's
	model        string
	trust        askwire.Trust
	promptDigest string
	tokens       askwire.Tokens
	calls        int
	ranked       []askwire.RankedTable
	attempts     []askwire.Attempt
	agreed       int // of candidates, how many are this statement; 0 = there was one draft
	candidates   int
}

// Plan finds the SQL of a question and has the gate check it. Nothing has run when it returns.
//
// Errors: EmptyStatement, BadText, TooComplex for what is no question; NotAnswerable; NoUsableSQL with every attempt;
// ModelUnavailable; QuotaExceeded; StaleQuestion for a saved question that does not fit the database any more; Interrupted and Timeout when ctx ends; and the gate's own.
func (a *Asker) Plan(ctx context.Context, q *askwire.Question, gate guard.Gate) (*askwire.Plan, guard.Statement, error) {
	none := guard.Statement{}
	if err := validate(q.Text); err != nil {
		return nil, none, err
	}
	if ctx.Err() != nil {
		return nil, none, contextError(ctx)
	}
	x, err := a.look(q, gate, a.reading(q))
	if err != nil || x.plan != nil {
		return x.plan, x.st, err
	}
	q, gate = x.q, x.gate
	for ; ; x.widen() {
		key := x.key
		if d, cached := a.known(ctx, key, q); cached {
			plan, st, err := a.cached(&x, d)
			if err != nil || plan != nil {
				return plan, st, err
			}
			if x.lacks {
				continue
			}
		}
		if !x.model.local() {
			if err := a.reserve(ctx, q); err != nil {
				return nil, none, err
			}
		}
		made := false // by this very call, which only the first caller looks at
		d, first, err := a.planning.do(ctx, key, q.Progress, func(ctx context.Context, progress func(string)) (draft, error) {
			if d, ok := a.plans.get(key, q.Now); ok { // another one has ended since this caller looked
				return d, nil
			}
			made = true
			d, err := a.generate(ctx, q, gate, x.model, x.dates, progress)
			if err == nil {
				a.keep(key, d, draftExpires(d, q, anyRelative(x.dates)))
			} else {
				a.forget(key)
			}
			return d, err
		})
		if err != nil {
			var e *askwire.Error
			if x.refused != nil && errors.As(err, &e) && e.Code == askwire.NotAnswerable && e.Err == nil {
				err = e.Wrap(x.refused)
			}
			return nil, none, err
		}
		ok, err := admit(q, inDatabase(gate, d.database), d.sql, nil)
		if err != nil {
			return nil, none, err
		}
		made = first && made
		if made || x.wide || lacking(q, ok.st) == "" {
			if err := ambiguous(q, d); err != nil {
				return nil, none, err
			}
			return d.plan(q, ok, x.resolved, !made), ok.st, nil
		}
	}
}

// check is the gate, and a net below it: no statement, no plan.
func check(g guard.Gate, sql string) (guard.Statement, error) {
	st, err := g.Check(sql)
	if err == nil && !st.Valid() {
		err = askwire.Errorf(askwire.Internal, "The guard admitted nothing.").WithHint("Please report this.")
	}
	return st, err
}

func savedPlan(q *askwire.Question, m match, ok admitted, resolved []string) *askwire.Plan {
	explain := m.saved.Explain[languageOf(q)]
	if explain == "" {
		explain = m.saved.Explain["en"]
	}
	trust := askwire.Verified
	if !m.saved.Verified {
		trust = askwire.Saved
	}
	return &askwire.Plan{
		ID: q.ID, Question: q.Text, Draft: ok.sql, Tables: ok.st.Receipt().Tables, Explanation: explain,
		Model: "saved:" + m.saved.Name, Trust: trust, Saved: m.saved, Args: m.args, Resolved: resolved,
		Attempts: []askwire.Attempt{{Draft: ok.sql}}, Markers: ok.markers(m.params),
	}
}

// plan is the draft as one caller gets it. What a cached or shared one cost was paid by the first.
func (d draft) plan(q *askwire.Question, ok admitted, resolved []string, cached bool) *askwire.Plan {
	p := &askwire.Plan{
		ID: q.ID, Question: q.Text, Draft: ok.sql, Markers: ok.markers(nil), Tables: d.tables, Explanation: d.explanation, Assumptions: d.assumptions,
		Resolved: resolved, Readings: d.readings, Agreed: d.agreed, Candidates: d.candidates,
		Model: d.model, Trust: d.trust, PromptDigest: d.promptDigest, Cached: cached, Ranked: d.ranked, Attempts: d.attempts,
	}
	if !cached {
		p.Tokens, p.Calls = d.tokens, d.calls
	}
	return p
}

// planKey is everything that decides a draft: no two questions that could need other SQL share it. It is the same on every
// proxy; the policy's digest covers the tables of the scope with their fingerprints.
func (a *Asker) planKey(q *askwire.Question, gate guard.Gate, form, model string, dates []dateRange) cacheKey {
	b := make([]byte, 0, 1024)
	part := func(s string) { b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...) }
	part(promptVersion)
	part(form)
	part(strconv.Itoa(q.Params))
	part(model)
	part(q.Snapshot.Backend)
	notes := a.notes.of(q.Snapshot)
	b = append(b, notes[:]...)
	part(q.Database)
	if gate.Policy != nil {
		part(gate.Policy.Digest())
	}
	part(q.Profile.Name)
	part(q.Profile.Instructions)
	part(strings.Join(q.Profile.Relationships, "\x00"))
	part(strings.Join(q.Profile.LLMDenyColumns, "\x00"))
	part(zoneName(q))
	part(q.Options.Language)
	part(strconv.Itoa(q.Options.Candidates))
	for _, t := range q.Earlier {
		part(t.Question)
		part(t.SQL)
		part(t.Database)
	}
	part("")
	for _, d := range dates {
		part(d.phrase)
		part(d.from.Format(time.DateOnly))
		part(d.to.Format(time.DateOnly))
	}
	if anyRelative(dates) {
		part(midnight(q.Now, q.TimeZone).Format(time.DateOnly))
	}
	return sha256.Sum256(b)
}

func anyRelative(dates []dateRange) bool {
	for _, d := range dates {
		if d.relative {
			return true
		}
	}
	return false
}

// draftExpires is the coming midnight for a draft whose SQL names a year around today's although the question named no
// date that depends on today: the model may have taken it from there.
func draftExpires(d draft, q *askwire.Question, relative bool) time.Time {
	today := midnight(q.Now, q.TimeZone)
	if relative {
		return time.Time{} // today is in the key
	}
	for _, y := range []int{today.Year() - 1, today.Year(), today.Year() + 1} {
		if strings.Contains(d.sql, fmt.Sprint(y)) {
			return today.AddDate(0, 0, 1)
		}
	}
	return time.Time{}
}

func hexDigest(sum [32]byte) string { return hex.EncodeToString(sum[:8]) }
