package nl

import (
	"slices"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// compileStored reads a question that the store keeps: its one phrasing and its name are taken word for word, but for its parameters.
func compileStored(q askwire.SavedQuestion) (*savedQuestion, []phrasing, error) {
	if q.ID == "" || q.Owner == "" || q.Name == "" || len(q.Questions) != 1 || strings.TrimSpace(q.SQL) == "" {
		return nil, nil, savedError(q.Name, "it needs an id, an owner, a name, a phrasing and SQL")
	}
	sq := &savedQuestion{SavedQuestion: q, params: make(map[string]*askwire.Param), words: wordsOf(normalise(braces.ReplaceAllString(q.Questions[0], " ")))}
	// Lists of saved questions hold the bounds of periods, which are found anew.
	sq.Params = slices.DeleteFunc(slices.Clone(q.Params), func(p askwire.Param) bool { return p.Type == askwire.PeriodParam })
	for i := range sq.Params {
		p := &sq.Params[i]
		if err := checkParam(p); err != nil {
			return nil, nil, savedError(q.Name, "%v", err)
		}
		sq.params[p.Name] = p
	}
	if err := sq.placeholders(); err != nil {
		return nil, nil, err
	}
	question := template{literals: []string{questionForm(q.Questions[0])}}
	if len(q.Params) > 0 {
		var err error
		if question, err = compileTemplate(q.Questions[0]); err != nil {
			return nil, nil, savedError(q.Name, "its phrasing %s", err.Error())
		}
		for _, name := range question.params {
			if sq.params[name] == nil {
				return nil, nil, savedError(q.Name, "its phrasing uses {%s}, which is no parameter", name)
			}
		}
	}
	var out []phrasing
	for _, t := range []template{question, {literals: []string{questionForm(q.Name)}}} {
		if form := t.literals[0]; (form != "" || len(t.params) > 0) && (len(out) == 0 || len(out[0].template.params) > 0 || form != out[0].template.literals[0]) {
			out = append(out, phrasing{sq, t})
		}
	}
	if len(out) == 0 {
		return nil, nil, savedError(q.Name, "its phrasing is empty")
	}
	return sq, out, nil
}

// placeholders checks that what the SQL leaves open is a parameter or a bound of a period; the bounds become parameters. All phrasings of a
// file's question must name the period. Whether the store's one phrasing still does is seen when it is asked.
func (s *savedQuestion) placeholders() error {
	for _, name := range placeholders(s.SQL) {
		if slices.ContainsFunc(s.Params, func(p askwire.Param) bool { return p.Name == name }) {
			continue
		}
		b, ok := parsePeriodBound(name)
		if !ok {
			return savedError(s.Name, "its SQL uses :%s, which is no parameter and no bound of a period", name)
		}
		if s.ID == "" {
			if err := s.named(b); err != nil {
				return err
			}
		}
		s.Params = append(slices.Clip(s.Params), askwire.Param{Name: name, Type: askwire.PeriodParam})
	}
	return nil
}

// named checks that all phrasings name one period that has the bound.
func (s *savedQuestion) named(b periodBound) error {
	some := time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC) // no month, quarter or year begins or ends near it
	var first string
	for i, text := range s.Questions {
		day, ok := b.value(resolveDates(normalise(text), some, time.UTC))
		if i == 0 {
			first = day
		}
		if !ok || day != first {
			return savedError(s.Name, "its SQL uses :%s, and the phrasing %q does not name that period, as last month does", b, text)
		}
	}
	return nil
}

// periods are the bounds of the periods that a saved question names, on the day of q.
func (s *savedQuestion) periods(q *askwire.Question) (map[string]askwire.Value, bool) {
	return periodArguments(s.Questions[0], s.SQL, q.Now, q.TimeZone)
}

// changed is why a saved question does not fit the database any more, as far as the snapshot shows: a column has another
// type than when the question was saved or verified. A column that is not there is for the gate to refuse: it may only be
// outside this caller's scope.
func changed(q *askwire.SavedQuestion, snap *askwire.Snapshot) error {
	for ref, was := range q.Columns {
		c, ok := columnRef(ref)
		if !ok {
			continue
		}
		t, ok := snap.Table(c.DB, c.Table)
		if !ok {
			continue
		}
		if col, ok := t.Column(c.Column); ok && !strings.EqualFold(col.Type, was) {
			return staleError(q.Name, "Column "+ref+" was "+was+" and is "+col.Type+" now.")
		}
	}
	return nil
}

func staleError(name, reason string) error {
	return askwire.Errorf(askwire.StaleQuestion, "The saved question %q does not fit the database any more. %s", name, reason).
		WithHint("Ask in other words and save that; or, if the SQL is still right, have it verified anew with ASK VERIFY.")
}

// gateStale turns a gate's refusal of a saved question's SQL into why it is stale, or nil when it is only not this caller's.
// The owner, who knows the SQL, is told the gate's reason; others are not told a name.
func gateStale(q *askwire.SavedQuestion, user *askwire.User, refused error) error {
	code := askwire.CodeOf(refused)
	switch {
	case q.Owner != "" && q.Owner == user.Name && code.ModelCanCorrect():
		return staleError(q.Name, clientText(refused))
	case code == askwire.UnknownColumn:
		return staleError(q.Name, "A column that it reads is not there any more.")
	}
	return nil
}

// SetStored replaces the saved questions that the store keeps, beside those of Reload. One that cannot be used is left out,
// and named in the errors: what somebody saved must not keep others from theirs.
func (a *Asker) SetStored(stored []askwire.SavedQuestion) []error {
	a.saving.Lock()
	defer a.saving.Unlock()
	set, problems := a.fileSet.with(stored)
	a.stored = stored
	a.saved.Store(set)
	return problems
}

// with is the set and the stored questions.
func (s *savedSet) with(stored []askwire.SavedQuestion) (*savedSet, []error) {
	out := &savedSet{all: s.all[:len(s.all):len(s.all)], names: s.names, exact: make(map[string][]phrasing, len(s.exact)+2*len(stored)), templates: slices.Clone(s.templates), drift: s.drift}
	for text, p := range s.exact {
		out.exact[text] = p[:len(p):len(p)]
	}
	var problems []error
	// Verified ones first: where two are asked in the same words, the one that was looked at answers.
	for _, verified := range []bool{true, false} {
		for _, q := range stored {
			if q.Verified != verified {
				continue
			}
			sq, phrasings, err := compileStored(q)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			out.all = append(out.all, sq)
			for _, p := range phrasings {
				if len(p.template.params) > 0 {
					out.templates = append(out.templates, p)
					continue
				}
				text := p.template.literals[0]
				out.exact[text] = append(out.exact[text], p)
			}
		}
	}
	out.sortTemplates()
	return out, problems
}

// Saving makes a saved question of a question and its SQL, which must pass the gate in the question's database. q.Now is
// when the SQL was written; dates in it that the question names become periods, and SQL that would be wrong on another day
// is refused with StaleQuestion. params are names with the values, as defaults, that question and SQL hold: their types are found.
// Name and owner are the caller's to set.
func (a *Asker) Saving(q *askwire.Question, gate guard.Gate, sql string, params []askwire.Param) (askwire.SavedQuestion, error) {
	none := askwire.SavedQuestion{}
	if err := validate(q.Text); err != nil {
		return none, err
	}
	gate = inDatabase(bindGate(q, gate), q.Database)
	sql = strings.TrimRight(strings.TrimSpace(sql), "; \t\r\n")
	st, err := check(gate, sql)
	if err != nil {
		return none, err
	}
	saved := askwire.SavedQuestion{
		Backend: q.Snapshot.Backend, Database: q.Database, Questions: []string{q.Text}, Columns: columnTypes(st, q.Snapshot), SavedAt: a.clock(),
	}
	if len(params) > 0 {
		if saved.Questions[0], sql, saved.Params, err = withParams(q.Text, sql, params, saved.Columns); err != nil {
			return none, err
		}
	}
	if saved.SQL, err = withPeriods(saved.Questions[0], sql, saved.Params, q.Now, q.TimeZone); err != nil {
		return none, err
	}
	// What is saved must be what can be asked.
	saved.ID, saved.Name, saved.Owner = "new", "new", q.User.Name
	sq, phrasings, err := compileStored(saved)
	if err != nil {
		return none, err
	}
	again, ok := sq.filled(q, nil)
	if !ok {
		return none, datedError("its periods could not be found again")
	}
	if _, err := check(gate, again.sql); err != nil {
		return none, err
	}
	if len(params) > 0 {
		text := questionForm(q.Text)
		if _, ok := phrasings[0].template.match(text, func(string, string) bool { return true }); !ok {
			return none, paramError("The question cannot be told from others with these parameters.").WithHint("Leave words around each of them.")
		}
	}
	saved.ID, saved.Name = "", ""
	return saved, nil
}

// columnTypes are the columns that a statement reads, with their types.
func columnTypes(st guard.Statement, snap *askwire.Snapshot) map[string]string {
	out := make(map[string]string)
	for _, ref := range st.Receipt().Columns {
		c, ok := columnRef(ref)
		if !ok {
			continue
		}
		if t, ok := snap.Table(c.DB, c.Table); ok {
			if col, ok := t.Column(c.Column); ok {
				out[ref] = col.Type
			}
		}
	}
	return out
}

// Verifying is the saved question with its columns as they are now, when its SQL passes the gate.
func (a *Asker) Verifying(q *askwire.Question, gate guard.Gate, saved askwire.SavedQuestion) (askwire.SavedQuestion, error) {
	sq, _, err := compileStored(saved)
	if err != nil {
		return saved, err
	}
	m, ok := sq.filled(q, nil)
	if !ok {
		return saved, staleError(saved.Name, "The periods of its question cannot be found any more.")
	}
	st, err := check(inDatabase(bindGate(q, gate), saved.Database), m.sql)
	if err != nil {
		return saved, err
	}
	saved.Columns = columnTypes(st, q.Snapshot)
	return saved, nil
}

// SavedFor lists the saved questions that the asker may know of: its own, and those whose SQL passes the gate and which
// are verified, or which the asker may verify.
func (a *Asker) SavedFor(q *askwire.Question, gate guard.Gate) []askwire.SavedState {
	gate = bindGate(q, gate)
	var out []askwire.SavedState
	set := a.saved.Load()
	for _, s := range set.all {
		own := s.Owner != "" && s.Owner == q.User.Name
		if !own && !s.Verified && !q.User.May("verify") || !own && s.Backend != "" && s.Backend != q.Snapshot.Backend {
			continue
		}
		state := askwire.SavedState{SavedQuestion: s.SavedQuestion, Stale: changed(&s.SavedQuestion, q.Snapshot)}
		if own && s.Backend != q.Snapshot.Backend {
			out = append(out, state) // another profile's; nothing can be said here
			continue
		}
		ex, ok := s.example(q, korean(languageOf(q)))
		if ok {
			st, err := check(inDatabase(gate, ex.database), ex.sql)
			if err != nil {
				ok = false
				if stale := gateStale(&s.SavedQuestion, q.User, err); state.Stale == nil {
					state.Stale = stale
				}
			} else if state.Stale == nil {
				state.Stale = set.drifted(&s.SavedQuestion, q.Snapshot, st)
			}
		}
		// A question that is out of the caller's scope, and one of others whose column is gone, is not shown: its text and
		// name may speak of what the caller may not see.
		if ok || own {
			out = append(out, state)
		}
	}
	return out
}

// CandidatesFor keeps those of the list whose SQL passes the gate and which no verified question answers by now.
func (a *Asker) CandidatesFor(q *askwire.Question, gate guard.Gate, list []askwire.Candidate) []askwire.Candidate {
	gate = bindGate(q, gate)
	set := a.saved.Load()
	var out []askwire.Candidate
	for _, c := range list {
		if c.Backend != q.Snapshot.Backend || validate(c.Question) != nil {
			continue
		}
		asked := *q
		asked.Text = c.Question
		if slices.ContainsFunc(set.match(&asked, questionForm(c.Question)), func(m match) bool { return m.saved.Verified }) {
			continue
		}
		if _, err := check(inDatabase(gate, c.Database), c.SQL); err == nil {
			out = append(out, c)
		}
	}
	return out
}
