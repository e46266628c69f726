package proxy

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
)

const (
	maxNote = 1000 // characters of a note

	maxTurns = 4    // of a conversation that are kept
	followUp = "… " // before the words of a follow-up in the history: they say half of what was asked
)

// remember keeps the question for ASK SAVE LAST, ASK GOOD and ASK BAD.
func (s *session) remember(x *asking, err error) {
	s.lastID = x.q.ID
	if err != nil || x.plan == nil || x.plan.Draft == "" || !x.st.Valid() {
		return
	}
	s.last, s.turns = nil, nil
	if x.oddMode || x.q.Params > 0 { // SQL with markers answers nothing by itself
		return
	}
	r := x.record
	if saved := x.plan.Saved; r.Draft != x.plan.Draft || saved != nil && saved.Database != "" {
		c := *r
		if c.Draft = x.plan.Draft; saved != nil && saved.Database != "" {
			c.Database = saved.Database
		}
		r = &c
	}
	s.last = r
	s.turns = append(slices.Clip(x.q.Earlier), askwire.Turn{Question: r.Question, SQL: r.Draft, Database: r.Database})
	s.turns = s.turns[max(0, len(s.turns)-maxTurns):]
}

// earlier is the conversation that ASK MORE goes on with: the session's, or the question with the id and what that followed
// up on, as the history has it. All of them must be this principal's own.
func (s *session) earlier(id string) ([]askwire.Turn, error) {
	if id == "" {
		if len(s.turns) == 0 {
			return nil, askwire.Errorf(askwire.UnknownStatement, "There is no question in this session to follow up on.").
				WithHint("Ask one first, or name its id: ASK MORE '…' USING conversation = 'id'.")
		}
		return s.turns, nil
	}
	if s.srv.cfg.Library == nil {
		return nil, askwire.Errorf(askwire.NotSupported, "Earlier questions cannot be looked up here, because there is no store.").WithHint("Ask in full.")
	}
	var turns []askwire.Turn
	for next := id; next != "" && len(turns) < maxTurns; {
		r, err := s.srv.cfg.Recorder.Asked(s.ctx, s.user.Name, next)
		switch {
		case err != nil && len(turns) > 0:
			return turns, nil // what came before is kept no longer
		case err != nil:
			return nil, err
		case r.Backend != "" && r.Backend != s.b.Profile.Backend:
			return nil, askwire.Errorf(askwire.WrongValue, "That question was asked with a profile of another backend.").WithHint("Ask in full.")
		}
		turns = append([]askwire.Turn{{Question: r.Question, SQL: r.Draft, Database: r.Database}}, turns...)
		next = r.Follows
	}
	return turns, nil
}

// aQuestion is a question without words, for what asks about questions.
func (s *session) aQuestion() *askwire.Question {
	zone := s.location()
	return &askwire.Question{ID: askwire.NewID(), User: s.user, Profile: s.b.Profile, Snapshot: s.b.Policy.Scope(), Database: s.dataDB(),
		TimeZone: zone, Now: s.srv.cfg.Clock().In(zone), Progress: s.progress, Options: askwire.AskOptions{Language: s.vars.ask.language}}
}

// askGate is the gate of questions: SQL of a model or a saved question, in MySQL's default mode.
func (s *session) askGate() guard.Gate {
	return guard.Gate{Policy: s.b.Policy, Session: guard.Session{Database: s.dataDB(), Vars: s.b.Vars, NoValue: s.b.NoValue}}
}

// aboutSaved carries out ASK SAVE, VERIFY, FORGET, GOOD and BAD, and records it.
func (s *session) aboutSaved(a *front.Ask) error {
	if s.srv.cfg.Library == nil || s.srv.cfg.Curator == nil {
		return askwire.Errorf(askwire.NotSupported, "Questions cannot be saved here, because there is no store.").WithHint("Ask the operator to configure one.")
	}
	q := s.aQuestion()
	return s.recorded(&askwire.QueryRecord{ID: q.ID, Kind: a.Verb.String()}, func(r *askwire.QueryRecord) error {
		switch a.Verb {
		case front.Save:
			return s.done(s.saveQuestion(a, q, r))
		case front.Verify:
			return s.done(s.verifyQuestion(a, q, r))
		case front.Forget:
			return s.done(s.forgetQuestion(a, q, r))
		}
		return s.done(s.judge(a, r))
	})
}

// saveQuestion is ASK SAVE.
func (s *session) saveQuestion(a *front.Ask, q *askwire.Question, r *askwire.QueryRecord) error {
	name, err := savedName(a.Name.Text)
	if err != nil {
		return err
	}
	asked, err := s.askedBefore(a.ID.Text, q)
	if err != nil {
		return err
	}
	if asked.Backend != "" && asked.Backend != s.b.Profile.Backend {
		return askwire.Errorf(askwire.WrongValue, "The question was asked with a profile of another backend.").WithHint("SET askwire.profile to that one first.")
	}
	if strings.HasPrefix(asked.Question, followUp) {
		return askwire.Errorf(askwire.WrongValue, "A follow-up says only half of what it asks.").WithHint("Ask the question in full with ASK '…', and save that.")
	}
	q.Text, q.Now, q.Database = asked.Question, asked.At.In(q.TimeZone), firstOf(asked.Database, s.db)
	r.Question, r.Draft, r.Database, r.Model = asked.Question, asked.Draft, q.Database, "saved:"+name
	var params []askwire.Param
	for _, o := range a.Options {
		p := askwire.Param{Name: o.Name, Default: o.Value.Text}
		for _, v := range o.In {
			p.Values = append(p.Values, v.Text)
		}
		if o.Between != nil {
			p.Min, p.Max = askwire.Bound(o.Between[0].Text), askwire.Bound(o.Between[1].Text)
		}
		params = append(params, p)
	}
	saved, err := s.srv.cfg.Curator.Saving(q, s.askGate(), asked.Draft, params)
	if err != nil {
		return err
	}
	saved.Name, saved.Owner = name, s.user.Name
	if err := s.srv.cfg.Library.Save(s.ctx, &saved); err != nil {
		return err
	}
	s.note("askwire: saved for you; ask it in the same words or as ASK '" + strings.ReplaceAll(name, "'", "''") + "'")
	for _, p := range saved.Params {
		s.note("askwire: parameter " + p.String())
	}
	if len(saved.Params) == 0 && saved.SQL != strings.TrimRight(strings.TrimSpace(asked.Draft), "; \t\r\n") {
		s.note("askwire: its dates move with the day on which it is asked: " + saved.SQL)
	}
	return nil
}

// askedBefore finds a question of this principal, or a candidate that it may verify.
func (s *session) askedBefore(id string, q *askwire.Question) (*askwire.QueryRecord, error) {
	if id == "" {
		if s.last == nil {
			return nil, askwire.Errorf(askwire.UnknownStatement, "This session has no question that could be saved.").
				WithHint("Ask one first, or name an id that SHOW ASK HISTORY lists.")
		}
		return s.last, nil
	}
	r, err := s.srv.cfg.Recorder.Asked(s.ctx, s.user.Name, id)
	if err == nil || askwire.CodeOf(err) != askwire.UnknownStatement || !s.user.May("verify") {
		return r, err
	}
	list, other := s.candidates(q)
	if other != nil {
		return nil, other
	}
	for _, c := range list {
		if c.ID == strings.ToLower(id) {
			return &askwire.QueryRecord{ID: c.ID, At: c.Last, Backend: c.Backend, Database: c.Database, Question: c.Question, Draft: c.SQL}, nil
		}
	}
	return nil, err
}

// candidates are those that this principal may see.
func (s *session) candidates(q *askwire.Question) ([]askwire.Candidate, error) {
	if !s.user.May("verify") {
		return nil, askwire.Errorf(askwire.PrivilegeDenied, "Access denied; you need the right verify for this operation.").WithHint("Ask the operator for it.")
	}
	list, err := s.srv.cfg.Library.Candidates(s.ctx)
	if err != nil {
		return nil, err
	}
	return s.srv.cfg.Curator.CandidatesFor(q, s.askGate(), list), nil
}

func savedName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if err := checkText("name", name); err != nil {
		return "", err
	}
	if strings.IndexFunc(name, unicode.IsControl) >= 0 ||
		strings.IndexFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return "", askwire.Errorf(askwire.WrongValue, "The name of a saved question has 1 to %d characters in one line, with a letter or digit.", askwire.MaxQuestionName).
			WithHint("Write ASK SAVE LAST AS 'monthly sales'.")
	}
	return name, nil
}

// savedByName finds a saved question of the store by name or id: the caller's own before those of others.
func (s *session) savedByName(name string, q *askwire.Question) (*askwire.SavedQuestion, error) {
	var own, found []*askwire.SavedQuestion
	list := s.srv.cfg.Curator.SavedFor(q, s.askGate())
	shipped := false
	for i := range list {
		x := &list[i].SavedQuestion
		switch {
		case x.Name != name && (x.ID == "" || x.ID != name):
		case x.ID == "":
			shipped = true
		case x.Owner == s.user.Name:
			own = append(own, x)
		default:
			found = append(found, x)
		}
	}
	if len(own) > 0 {
		found = own
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, askwire.Errorf(askwire.Ambiguous, "%d saved questions have this name.", len(found)).WithHint("Use the id, which SHOW ASK SAVED lists.")
	case shipped:
		return nil, askwire.Errorf(askwire.NotSupported, "This saved question comes from a file of the configuration.").WithHint("It is changed there.")
	}
	return nil, askwire.Errorf(askwire.UnknownStatement, "There is no saved question %s for you.", quoted(name)).WithHint("SHOW ASK SAVED lists them.")
}

// verifyQuestion is ASK VERIFY.
func (s *session) verifyQuestion(a *front.Ask, q *askwire.Question, r *askwire.QueryRecord) error {
	if !s.user.May("verify") {
		return askwire.Errorf(askwire.PrivilegeDenied, "Access denied; you need the right verify for this operation.").
			WithHint("Somebody who has it can verify the question; until then it is its owner's.")
	}
	saved, err := s.savedByName(strings.TrimSpace(a.Name.Text), q)
	if err != nil {
		return err
	}
	r.Question, r.Draft, r.Model = saved.Questions[0], saved.SQL, "saved:"+saved.Name
	for _, other := range s.srv.cfg.Curator.SavedFor(q, s.askGate()) {
		if other.Verified && other.Name == saved.Name && other.ID != saved.ID {
			return askwire.Errorf(askwire.WrongValue, "Another verified question has the name %s.", quoted(saved.Name)).
				WithHint("Its owner can save it under another name.")
		}
	}
	now, err := s.srv.cfg.Curator.Verifying(q, s.askGate(), *saved)
	if err != nil {
		return err
	}
	return s.srv.cfg.Library.Verify(s.ctx, &now, s.user.Name)
}

// forgetQuestion is ASK FORGET: of one's own, or, with the right verify, of one that is verified.
func (s *session) forgetQuestion(a *front.Ask, q *askwire.Question, r *askwire.QueryRecord) error {
	saved, err := s.savedByName(strings.TrimSpace(a.Name.Text), q)
	if err != nil {
		return err
	}
	if saved.Owner != s.user.Name && !(saved.Verified && s.user.May("verify")) {
		return askwire.Errorf(askwire.PrivilegeDenied, "Access denied; the saved question is another user's.").WithHint("Ask its owner.")
	}
	r.Question, r.Draft, r.Model = saved.Questions[0], saved.SQL, "saved:"+saved.Name
	return s.srv.cfg.Library.Forget(s.ctx, saved)
}

// judge is ASK GOOD and ASK BAD.
func (s *session) judge(a *front.Ask, r *askwire.QueryRecord) error {
	id, note := firstOf(a.ID.Text, s.lastID), strings.TrimSpace(a.Note.Text)
	if id == "" {
		return askwire.Errorf(askwire.UnknownStatement, "This session has asked nothing yet.").WithHint("Name an id that SHOW ASK HISTORY lists.")
	}
	if err := checkText("note", note); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(note); n > maxNote {
		return askwire.Errorf(askwire.WrongValue, "The note has %d characters.", n).WithHint("Write at most %d.", maxNote)
	}
	r.Model = "id " + id
	return s.srv.cfg.Library.Feedback(s.ctx, s.user.Name, id, a.Verb == front.Good, note)
}

// showSaved is SHOW ASK SAVED.
func (s *session) showSaved(list *front.Show) error {
	var rows [][]*string
	if c := s.srv.cfg.Curator; c != nil {
		for _, x := range c.SavedFor(s.aQuestion(), s.askGate()) {
			state, at := "saved", ""
			if x.Verified {
				state = "verified"
			}
			if !x.VerifiedAt.IsZero() {
				at = x.VerifiedAt.UTC().Format("2006-01-02 15:04:05")
			}
			why := ""
			if x.Stale != nil {
				state, why = "stale", x.Stale.Error()
			}
			rows = append(rows, texts(x.Name, x.Questions[0], state, x.Owner, x.VerifiedBy, at, x.ID, x.SQL, why))
		}
	}
	slices.SortStableFunc(rows, func(a, b []*string) int { return strings.Compare(*a[0], *b[0]) })
	return s.rows(list, textColumns("name", "question", "state", "owner", "verified_by", "verified_at", "id", "sql", "reason"), rows)
}

// showCandidates is SHOW ASK CANDIDATES.
func (s *session) showCandidates(list *front.Show) error {
	var found []askwire.Candidate
	if s.srv.cfg.Library != nil && s.srv.cfg.Curator != nil {
		var err error
		if found, err = s.candidates(s.aQuestion()); err != nil {
			return err
		}
	}
	var rows [][]*string
	for _, c := range found {
		rows = append(rows, texts(c.ID, c.Question, itoa(c.Asked), itoa(c.Users), c.Last.UTC().Format("2006-01-02 15:04:05"), c.Profile, c.SQL))
	}
	return s.rows(list, textColumns("id", "question", "asked", "users", "last_at", "profile", "sql"), rows)
}

// namesSaved reports whether a statement may name the store's tables whose rows depend on the caller's gate. Names have no
// escapes, so the text holds them as they are.
func namesSaved(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "questions") || strings.Contains(text, "verify_candidates")
}

// storeGate is the gate of a statement that goes to the store.
func (s *session) storeGate(text string) *guard.Gate {
	gate := s.store
	gate.Session.Vars, gate.Session.Rows = s.storeVars(text), s.storeRows(text)
	return &gate
}

// storeRows are those of askwire.functions, for a statement that may name it: what this session's own policy allows.
func (s *session) storeRows(text string) *guard.Rows {
	if !strings.Contains(strings.ToLower(text), "functions") {
		return nil
	}
	return s.b.Policy.FunctionRows()
}

// storeVars adds @admitted: the ids of saved questions and candidates whose SQL passes this session's own gate, which the
// store's row policy asks for.
func (s *session) storeVars(text string) map[string]askwire.Value {
	vars := map[string]askwire.Value{"principal": {Kind: askwire.String, Text: s.user.Name}}
	maps.Copy(vars, s.b.Vars)
	var ids []string
	if namesSaved(text) && s.srv.cfg.Curator != nil && s.srv.cfg.Library != nil {
		q := s.aQuestion()
		for _, x := range s.srv.cfg.Curator.SavedFor(q, s.askGate()) {
			if x.ID != "" {
				ids = append(ids, x.ID)
			}
		}
		if s.user.May("verify") && strings.Contains(strings.ToLower(text), "verify_candidates") {
			list, err := s.candidates(q)
			s.log("the candidates could not be collected", err)
			for _, c := range list {
				ids = append(ids, c.ID)
			}
		}
	}
	vars["admitted"] = askwire.Value{Kind: askwire.String, Text: strings.Join(ids, ",")}
	return vars
}
