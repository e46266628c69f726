package nl

import (
	"crypto/sha256"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// Ready is Plan where nothing has to be waited for: a saved question matches, or this process has the plan. It is false for
// everything else, for which the caller turns to Plan; so are errors. It takes microseconds, and holds no lock meanwhile.
func (a *Asker) Ready(q *askwire.Question, gate guard.Gate) (*askwire.Plan, guard.Statement, bool) {
	if validate(q.Text) != nil {
		return nil, guard.Statement{}, false
	}
	key, _ := readingKey(q)
	r, ok := a.readings.get(key, q.Now)
	if !ok {
		return nil, guard.Statement{}, false
	}
	x, err := a.look(q, gate, r)
	return x.plan, x.st, err == nil && x.plan != nil
}

// lookup is what is known of a question before anything has to be waited for.
type lookup struct {
	q        *askwire.Question // with what it follows, as far as that is in scope
	gate     guard.Gate
	dates    []dateRange
	resolved []string
	model    NamedModel
	key      cacheKey // of the plan
	wide     bool     // the key is that of a plan with the columns that are wanted
	lacks    bool     // a plan was found that has not got them
	refused  error    // of a saved question that this caller may not run

	plan *askwire.Plan // nil = it has to be found elsewhere, or made
	st   guard.Statement
}

// widen goes on to the plan with the columns that are wanted.
func (x *lookup) widen() {
	x.key, x.wide, x.lacks = x.key.wanting(x.q.Columns), true, false
}

// look finds the plan of a question, as it was read, in this process, or what is needed to find it elsewhere.
func (a *Asker) look(q *askwire.Question, gate guard.Gate, r *reading) (x lookup, err error) {
	x.gate = bindGate(q, gate)
	if x.q, err = following(q, x.gate); err != nil {
		return x, err
	}
	q = x.q
	x.dates, x.resolved = r.dates, r.resolved
	if err := a.lookSaved(&x, r); err != nil || x.plan != nil {
		return x, err
	}
	if c := q.Call; c != nil && (!c.Free || c.Args != nil) {
		return x, unknownSaved(c)
	}
	if x.model, err = a.pick(q); err != nil {
		return x, err
	}
	// One plan serves every statement around the question. Where it lacks a column that one of them wants, that one gets a
	// plan of its own.
	x.key = a.planKey(q, x.gate, r.form, x.model.Name, x.dates)
	for {
		d, ok := a.plans.get(x.key, q.Now)
		if !ok {
			return x, nil
		}
		if x.plan, x.st, err = a.cached(&x, d); err != nil || x.plan != nil || !x.lacks {
			return x, err
		}
		x.widen()
	}
}

// lookSaved tries the saved questions that match.
func (a *Asker) lookSaved(x *lookup, r *reading) error {
	var stale error // of a saved question that nobody may run
	q, set := x.q, a.saved.Load()
	matches, err := set.asked(q, r.form)
	if err != nil {
		return err
	}
	for _, m := range matches {
		if len(q.Earlier) > 0 {
			break // the words say half of what is asked
		}
		if err := changed(m.saved, q.Snapshot); err != nil {
			stale = err
			continue
		}
		ok, err := admit(q, inDatabase(x.gate, m.saved.Database), m.sql, m.params)
		if err == nil {
			if stale = set.drifted(m.saved, q.Snapshot, ok.st); stale != nil {
				continue
			}
			x.plan, x.st = savedPlan(q, m, ok, r.readIn(m)), ok.st
			if q.Call == nil || !q.Call.Example {
				a.uses.add(m.saved, q.Now)
			}
			return nil
		}
		if gone := gateStale(m.saved, q.User, err); gone != nil {
			stale = gone
		}
		x.refused = err
	}
	return stale
}

// cached is a plan from a draft that was made before. It is nil where the draft lacks a wanted column, which x.lacks says, and
// where the gate refuses it: the key holds the policy's digest, so that is rare, and the plan is made anew.
func (a *Asker) cached(x *lookup, d draft) (*askwire.Plan, guard.Statement, error) {
	ok, err := admit(x.q, inDatabase(x.gate, d.database), d.sql, nil)
	if err != nil {
		a.forget(x.key)
		return nil, guard.Statement{}, nil //nolint:nilerr // it is made anew
	}
	if x.lacks = !x.wide && lacking(x.q, ok.st) != ""; x.lacks {
		return nil, guard.Statement{}, nil
	}
	if err := ambiguous(x.q, d); err != nil {
		return nil, guard.Statement{}, err
	}
	return d.plan(x.q, ok, x.resolved, true), ok.st, nil
}

// reading is a question as it was read: the form that is compared, and its dates and amounts.
type reading struct {
	form     string
	dates    []dateRange
	resolved []string // dates and amounts as they were understood
}

// reading is kept for a day: the same few questions come again and again, and finding dates costs more than all the rest of a
// cached plan.
func (a *Asker) reading(q *askwire.Question) *reading {
	key, today := readingKey(q)
	if r, ok := a.readings.get(key, q.Now); ok {
		return r
	}
	text := normalise(q.Text)
	r := &reading{form: questionForm(q.Text), dates: resolveDates(text, q.Now, q.TimeZone)}
	for _, d := range r.dates {
		r.resolved = append(r.resolved, d.String())
	}
	for _, m := range resolveAmounts(text) {
		r.resolved = append(r.resolved, m.String())
	}
	a.readings.put(key, r, today.AddDate(0, 0, 1))
	return r
}

func readingKey(q *askwire.Question) (key cacheKey, today time.Time) {
	today = midnight(q.Now, q.TimeZone)
	return sha256.Sum256([]byte(today.Format(time.DateOnly) + "\x00" + zoneName(q) + "\x00" + q.Text)), today
}
