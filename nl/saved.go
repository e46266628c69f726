package nl

import (
	"errors"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// savedSet is the saved questions of one moment. It is immutable.
type savedSet struct {
	all       []*savedQuestion
	exact     map[string][]phrasing // phrasings without parameters, normalised
	names     map[string]phrasing   // of the files' questions, where no phrasing fits
	templates []phrasing            // phrasings with parameters
	drift     drift
}

type savedQuestion struct {
	askwire.SavedQuestion
	params map[string]*askwire.Param
	words  map[string]bool // of all phrasings, for nearness
}

// phrasing is one way to put a saved question.
type phrasing struct {
	saved    *savedQuestion
	template template
}

// match is a verified question, or one of the asker's own, that a text is word for word.
type match struct {
	saved  *askwire.SavedQuestion
	args   map[string]askwire.Value
	sql    string
	params map[int]*askwire.Param // those that a prepared question's parameters, by number, give the values of
}

// newSavedSet compiles saved questions, and returns every problem at once.
func newSavedSet(saved []askwire.SavedQuestion) (*savedSet, error) {
	s := &savedSet{exact: make(map[string][]phrasing), names: make(map[string]phrasing)}
	var problems []error
	names := make(map[string]bool, len(saved))
	for _, q := range saved {
		sq, phrasings, err := compileSaved(q)
		if err == nil && names[q.Name] {
			err = savedError(q.Name, "another saved question has the same name")
		}
		if err != nil {
			problems = append(problems, placed(&q, err))
			continue
		}
		names[q.Name] = true
		s.all = append(s.all, sq)
		form := questionForm(q.Name)
		s.names[form] = phrasing{sq, template{literals: []string{form}}}
		for _, p := range phrasings {
			if len(p.template.params) == 0 {
				text := p.template.literals[0]
				s.exact[text] = append(s.exact[text], p)
			} else {
				s.templates = append(s.templates, p)
			}
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	s.sortTemplates()
	return s, nil
}

// sortTemplates: where two phrasings fit, the one that says more is meant.
func (s *savedSet) sortTemplates() {
	sort.SliceStable(s.templates, func(i, j int) bool {
		return len(s.templates[i].template.words()) > len(s.templates[j].template.words())
	})
}

func savedError(name, format string, args ...any) error {
	return askwire.Errorf(askwire.WrongValue, "Saved question %q: "+format+".", append([]any{name}, args...)...).
		WithHint("Correct it where it is kept: a file of catalog.d, or ASK SAVE again.")
}

// placed names the file that has the question.
func placed(q *askwire.SavedQuestion, err error) error {
	var e *askwire.Error
	if q.Place == "" || !errors.As(err, &e) {
		return err
	}
	there := *e
	there.Message = q.Place + ": " + e.Message
	return &there
}

func compileSaved(q askwire.SavedQuestion) (*savedQuestion, []phrasing, error) {
	if q.Name == "" || len(q.Questions) == 0 || strings.TrimSpace(q.SQL) == "" {
		return nil, nil, savedError(q.Name, "it needs a name, a phrasing and SQL")
	}
	sq := &savedQuestion{SavedQuestion: q, params: make(map[string]*askwire.Param), words: make(map[string]bool)}
	sq.Params = slices.Clone(q.Params)
	for i := range sq.Params {
		p := &sq.Params[i]
		if err := checkParam(p); err != nil {
			return nil, nil, savedError(q.Name, "%v", err)
		}
		if sq.params[p.Name] != nil {
			return nil, nil, savedError(q.Name, "the parameter %s is declared twice", p.Name)
		}
		sq.params[p.Name] = p
	}
	if err := sq.placeholders(); err != nil {
		return nil, nil, err
	}
	var out []phrasing
	for _, text := range q.Questions {
		t, err := compileTemplate(text)
		if err != nil {
			return nil, nil, savedError(q.Name, "the phrasing %q %s", text, err.Error())
		}
		mentioned := make(map[string]bool)
		for _, name := range t.params {
			if sq.params[name] == nil {
				return nil, nil, savedError(q.Name, "the phrasing %q uses {%s}, which is no parameter", text, name)
			}
			mentioned[name] = true
		}
		for name, p := range sq.params {
			if !mentioned[name] && p.Default == "" {
				return nil, nil, savedError(q.Name, "the phrasing %q does not mention {%s}, which has no default", text, name)
			}
		}
		for w := range wordsOf(normalise(braces.ReplaceAllString(text, " "))) {
			sq.words[w] = true
		}
		out = append(out, phrasing{sq, t})
	}
	return sq, out, nil
}

var braces = regexp.MustCompile(`\{[^}]*\}`)

// applies reports whether a saved question belongs to the question's backend and may be used by its asker: a question
// that is not verified is its owner's.
func (s *savedQuestion) applies(q *askwire.Question) bool {
	if s.Backend != "" && s.Backend != q.Snapshot.Backend {
		return false
	}
	return s.Verified || s.Owner != "" && s.Owner == q.User.Name
}

// match finds the verified questions that the normalised text is, and the asker's own saved ones. Several may be: the caller
// takes the first that its gate admits. It never guesses: what is not a phrasing with arguments of the right type is no match.
func (s *savedSet) match(q *askwire.Question, text string) []match {
	var out []match
	try := func(p phrasing) {
		if !p.saved.applies(q) || !p.saved.Verified && p.saved.ID == "" {
			return
		}
		cal := calendar{today: midnight(q.Now, q.TimeZone)}
		raw, ok := p.template.match(text, func(param, s string) bool {
			_, ok := parseArg(p.saved.params[param], s, cal)
			return ok || parameterNumber(q, s) > 0
		})
		if !ok {
			return
		}
		m, ok := p.saved.filled(q, raw)
		if !ok || len(m.params) < q.Params {
			return
		}
		if !slices.ContainsFunc(out, func(o match) bool { return o.sql == m.sql }) { // else two phrasings of one question
			out = append(out, m)
		}
	}
	for _, p := range s.exact[text] {
		try(p)
	}
	if len(out) > 0 {
		return out
	}
	for _, p := range s.templates {
		try(p)
	}
	if p, ok := s.names[text]; ok && len(out) == 0 {
		try(p)
	}
	return out
}

// filled is the question with the arguments that a text gave, defaults for the others, and its periods on the day of q.
func (s *savedQuestion) filled(q *askwire.Question, raw map[string]string) (match, bool) {
	args, ok := s.periods(q)
	if !ok {
		return match{}, false
	}
	cal := calendar{today: midnight(q.Now, q.TimeZone)}
	names, params := map[string]string{}, map[int]*askwire.Param{}
	for name, param := range s.params {
		text, given := raw[name]
		if n := parameterNumber(q, text); n > 0 {
			names[name], params[n] = text, param
			continue
		}
		if !given {
			text = asArgument(param, param.Default)
		} else if param.Type == askwire.StringParam && len(param.Values)+len(param.Aliases) == 0 {
			text = original(q.Text, text)
		}
		v, ok := parseArg(param, text, cal)
		if !ok {
			return match{}, false
		}
		args[name] = v
	}
	sql, err := substituteNamed(s.SQL, args, names)
	return match{&s.SavedQuestion, args, sql, params}, err == nil
}

// example is a saved question as it can be shown: its first phrasing and SQL with its defaults or sample arguments.
type example struct {
	name, question, sql, database string
	tables                        []string // "db.table" that the SQL reads, once it has passed a gate
}

// example fills the parameters with their defaults, or with a value of their type. The phrasing is the first in the
// wanted language, else the first.
func (s *savedQuestion) example(q *askwire.Question, ko bool) (example, bool) {
	cal := calendar{today: midnight(q.Now, q.TimeZone)}
	args, ok := s.periods(q)
	if !ok {
		return example{}, false
	}
	shown := make(map[string]string, len(s.params))
	for name, p := range s.params {
		text := sampleArg(p, cal)
		v, ok := parseArg(p, asArgument(p, text), cal)
		if !ok {
			return example{}, false
		}
		args[name], shown[name] = v, text
	}
	sql, err := substitute(s.SQL, args)
	if err != nil {
		return example{}, false
	}
	text := s.Questions[0]
	for _, t := range s.Questions {
		if hasHangul(t) == ko {
			text = t
			break
		}
	}
	return example{name: s.Name, question: fillTemplate(text, shown), sql: sql, database: s.Database}, true
}

// nearest returns up to n saved questions that the asker may use and whose SQL passes the gate, those that share most
// words with the text first.
func (s *savedSet) nearest(q *askwire.Question, gate guard.Gate, text string, n int) []example {
	return s.near(q, gate, text, n, false)
}

// verified is nearest among verified questions only: the examples of a prompt.
func (s *savedSet) verified(q *askwire.Question, gate guard.Gate, text string, n int) []example {
	return s.near(q, gate, text, n, true)
}

// leastShare is the part of the question's words that an example must share; maxChecked bounds how many candidates are
// put to the gate.
const (
	leastShare = 0.15
	maxChecked = 60
)

type scored struct {
	s     *savedQuestion
	score float64
}

func (s *savedSet) near(q *askwire.Question, gate guard.Gate, text string, n int, onlyVerified bool) []example {
	words := wordsOf(text)
	var list []scored
	for _, sq := range s.all {
		if !sq.applies(q) || onlyVerified && !sq.Verified {
			continue
		}
		shared := 0
		for w := range words {
			if sq.words[w] {
				shared++
			}
		}
		score := float64(shared) / float64(max(1, len(words)))
		if shared == 0 || onlyVerified && score < leastShare {
			continue // an example of something else does not help
		}
		list = append(list, scored{sq, score})
	}
	return s.pick(q, gate, list, n, hasHangul(text))
}

// pick takes the n best whose SQL passes the gate.
func (s *savedSet) pick(q *askwire.Question, gate guard.Gate, list []scored, n int, ko bool) []example {
	sort.SliceStable(list, func(i, j int) bool { return list[i].score > list[j].score })
	var out []example
	for _, c := range list[:min(len(list), maxChecked)] {
		if len(out) == n {
			break
		}
		ex, ok := c.s.example(q, ko)
		if !ok || changed(&c.s.SavedQuestion, q.Snapshot) != nil {
			continue
		}
		st, err := inDatabase(gate, ex.database).Check(ex.sql)
		if err != nil || !st.Valid() {
			continue
		}
		if s.drifted(&c.s.SavedQuestion, q.Snapshot, st) != nil {
			continue
		}
		ex.tables = st.Receipt().Tables
		out = append(out, ex)
	}
	return out
}

// inDatabase is the gate with another default database.
func inDatabase(g guard.Gate, database string) guard.Gate {
	if database != "" {
		g.Session.Database = database
	}
	return g
}

func questionsOf(ex []example) []string {
	out := make([]string, len(ex))
	for i, e := range ex {
		out[i] = e.question
	}
	return out
}

// wordsOf splits a normalised text for nearness: Latin words and numbers whole, Hangul as bigrams, so that particles
// matter little.
func wordsOf(text string) map[string]bool {
	out := make(map[string]bool)
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == '\'' || r == '"' || r == ',' || r == '(' || r == ')'
	}) {
		if !hasHangul(w) {
			if !stopWords[w] {
				out[w] = true
			}
			continue
		}
		r := []rune(w)
		for i := 0; i+1 < len(r); i++ {
			out[string(r[i:i+2])] = true
		}
	}
	return out
}

var stopWords = map[string]bool{
	"the": true, "a": true, "an": true, "of": true, "in": true, "by": true, "for": true, "to": true, "is": true, "are": true, "was": true,
	"what": true, "which": true, "how": true, "many": true, "me": true, "show": true, "list": true, "and": true, "with": true, "on": true,
}
