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
	gate = bindGate(q, gate)
	q, err := following(q, gate)
	if err != nil {
		return nil, none, err
	}
	form, dates := a.reading(q)
	var refused, stale error // of a saved question that this caller may not run; that nobody may
	set := a.saved.Load()
	matches, err := set.asked(q, form)
	if err != nil {
		return nil, none, err
	}
	for _, m := range matches {
		if len(q.Earlier) > 0 {
			break // the words say half of what is asked
		}
		if err := changed(m.saved, q.Snapshot); err != nil {
			stale = err
			continue
		}
		ok, err := admit(q, inDatabase(gate, m.saved.Database), m.sql)
		if err == nil {
			if stale = set.drifted(m.saved, q.Snapshot, ok.st); stale != nil {
				continue
			}
			return savedPlan(q, m, ok), ok.st, nil
		}
		if gone := gateStale(m.saved, q.User, err); gone != nil {
			stale = gone
		}
		refused = err
	}
	if stale != nil {
		return nil, none, stale
	}
	if c := q.Call; c != nil && (!c.Free || c.Args != nil) {
		return nil, none, unknownSaved(c)
	}

	m, err := a.pick(q)
	if err != nil {
		return nil, none, err
	}
	// One plan serves every statement around the question. Where it lacks a column that one of them wants, that one gets a
	// plan of its own.
	key := a.planKey(q, gate, form, m.Name, dates)
	for wide := false; ; wide = true {
		if wide {
			key = key.wanting(q.Columns)
		}
		if d, cached := a.known(ctx, key, q); cached {
			ok, err := admit(q, inDatabase(gate, d.database), d.sql)
			if err == nil {
				if !wide && lacking(q, ok.st) != "" {
					continue
				}
				if err := ambiguous(q, d); err != nil {
					return nil, none, err
				}
				return d.plan(q, ok, dates, true), ok.st, nil
			}
			a.forget(key) // the key holds the policy's digest, so this is rare: plan anew rather than fail
		}
		if !m.local() {
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
			d, err := a.generate(ctx, q, gate, m, dates, progress)
			if err == nil {
				a.keep(key, d, draftExpires(d, q, anyRelative(dates)))
			} else {
				a.forget(key)
			}
			return d, err
		})
		if err != nil {
			var e *askwire.Error
			if refused != nil && errors.As(err, &e) && e.Code == askwire.NotAnswerable && e.Err == nil {
				err = e.Wrap(refused)
			}
			return nil, none, err
		}
		ok, err := admit(q, inDatabase(gate, d.database), d.sql)
		if err != nil {
			return nil, none, err
		}
		made = first && made
		if made || wide || lacking(q, ok.st) == "" {
			if err := ambiguous(q, d); err != nil {
				return nil, none, err
			}
			return d.plan(q, ok, dates, !made), ok.st, nil
		}
	}
}

// reading is the question in the form that is compared, and its dates. It is kept for a day: the same few questions come
// again and again, and finding dates costs more than all the rest of a cached plan.
func (a *Asker) reading(q *askwire.Question) (string, []dateRange) {
	today := midnight(q.Now, q.TimeZone)
	key := cacheKey(sha256.Sum256([]byte(today.Format(time.DateOnly) + "\x00" + zoneName(q) + "\x00" + q.Text)))
	if r, ok := a.readings.get(key, q.Now); ok {
		return r.form, r.dates
	}
	r := reading{questionForm(q.Text), resolveDates(normalise(q.Text), q.Now, q.TimeZone)}
	a.readings.put(key, r, today.AddDate(0, 0, 1))
	return r.form, r.dates
}

type reading struct {
	form  string
	dates []dateRange
}

// check is the gate, and a net below it: no statement, no plan.
func check(g guard.Gate, sql string) (guard.Statement, error) {
	st, err := g.Check(sql)
	if err == nil && !st.Valid() {
		err = askwire.Errorf(askwire.Internal, "The guard admitted nothing.").WithHint("Please report this.")
	}
	return st, err
}

func savedPlan(q *askwire.Question, m match, ok admitted) *askwire.Plan {
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
		Model: "saved:" + m.saved.Name, Trust: trust, Saved: m.saved, Args: m.args,
		Attempts: []askwire.Attempt{{Draft: ok.sql}}, Markers: ok.markers(m.params),
	}
}

// resolved are the dates and amounts of a question as they were understood.
func resolved(q *askwire.Question, dates []dateRange) []string {
	var out []string
	for _, d := range dates {
		out = append(out, d.String())
	}
	for _, m := range resolveAmounts(normalise(q.Text)) {
		out = append(out, m.String())
	}
	return out
}

// plan is the draft as one caller gets it. What a cached or shared one cost was paid by the first.
func (d draft) plan(q *askwire.Question, ok admitted, dates []dateRange, cached bool) *askwire.Plan {
	p := &askwire.Plan{
		ID: q.ID, Question: q.Text, Draft: ok.sql, Markers: ok.markers(nil), Tables: d.tables, Explanation: d.explanation, Assumptions: d.assumptions,
		Resolved: resolved(q, dates), Readings: d.readings, Agreed: d.agreed, Candidates: d.candidates,
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
	h := sha256.New()
	part := func(s string) {
		var n [4]byte
		binary.LittleEndian.PutUint32(n[:], uint32(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	part(promptVersion)
	part(form)
	part(strconv.Itoa(q.Params))
	part(model)
	part(q.Snapshot.Backend)
	notes := a.notes.of(q.Snapshot)
	h.Write(notes[:])
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
	part(fmt.Sprint(q.Options.Candidates))
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
	var key cacheKey
	h.Sum(key[:0])
	return key
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
