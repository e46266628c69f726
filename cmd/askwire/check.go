package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/nl"
	"github.com/askwire/askwire/nl/offline"
)

func checkCommand(io stdio) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Print all problems of a configuration at once",
		Long: `Print all problems of a configuration at once, each with its line: the file, the secrets, the annotations; and, where the databases
can be reached, the profiles against the tables, users against their profiles, saved questions against both, what the
backend's account could do beyond SELECT, and the version of the store and its account's rights. Nothing is written anywhere.

Exit code 1 when there is a problem; warnings alone exit 0.`,
		Example: "  askwire check -c config.toml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			problems := check(ctx, file)
			errs, warnings := 0, 0
			for _, p := range problems {
				fmt.Fprintln(io.out, p)
				if p.Warning {
					warnings++
				} else {
					errs++
				}
			}
			fmt.Fprintf(io.out, "%s: %s, %s\n", file, countOfThings(errs, "problem"), countOfThings(warnings, "warning"))
			if errs > 0 {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "config.toml", "configuration `FILE`")
	return cmd
}

func countOfThings(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if stem, ok := strings.CutSuffix(word, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func check(ctx context.Context, file string) config.Problems {
	cfg, problems := config.Inspect(file, config.Options{})
	if cfg == nil {
		return problems
	}
	c := checker{cfg: cfg, problems: problems, snaps: map[string]*askwire.Snapshot{}, policies: map[string]*guard.Policy{}}
	notes, noteProblems := annotationsOf(cfg)
	c.problems = append(c.problems, noteProblems...)
	for i := range notes {
		if name := notes[i].Backend; name != "" && !slices.ContainsFunc(cfg.Backends, func(b config.Backend) bool { return b.Name == name }) {
			c.problems = append(c.problems, config.Problem{File: notes[i].File, Where: "backend", Warning: true,
				Message: fmt.Sprintf("there is no backend %q, so that the file says nothing.", name), Hint: "Correct the name, or remove the key: then it is for every backend."})
		}
	}
	for i := range cfg.Models {
		if problems.Fatal() {
			break // what makes a model unusable has been said
		}
		if _, err := buildModels(cfg.Models[i : i+1]); err != nil {
			c.add(at{section: "model", name: cfg.Models[i].Name}, false, err)
		}
	}
	for i := range cfg.Backends {
		c.backend(ctx, &cfg.Backends[i], notes)
	}
	c.users()
	stored := c.store(ctx)
	c.questions(notes, stored)
	return c.problems
}

// checker collects what connecting shows. A server that is not reachable is a warning: the file may be right.
type checker struct {
	cfg      *config.Config
	problems config.Problems
	snaps    map[string]*askwire.Snapshot // by backend
	policies map[string]*guard.Policy     // by profile
}

// at is what a problem is about: an entry of a key of a named element of the file.
type at struct{ section, name, key, entry string }

func (w at) String() string {
	if w.name == "" {
		return w.section
	}
	return fmt.Sprintf("%s %q", w.section, w.name)
}

func (c *checker) add(where at, warning bool, errs ...error) {
	for _, err := range errs {
		p := config.Problem{Where: where.String(), Message: err.Error(), Warning: warning}
		if where.section != "" {
			p.File = c.cfg.Path
		}
		var rule *guard.Problem
		if errors.As(err, &rule) {
			where.key, where.entry = rule.Key, rule.Entry
		}
		if where.name != "" {
			p.Line = c.cfg.Line(where.section, where.name, where.key, where.entry)
		}
		var e *askwire.Error
		if errors.As(err, &e) {
			p.Message, p.Hint = strings.TrimPrefix(e.Message, p.Where+": "), e.Hint
		}
		c.problems = append(c.problems, p)
	}
}

const checkTimeout = 20 * time.Second

func (c *checker) backend(ctx context.Context, b *config.Backend, notes []catalog.Annotations) {
	where := at{section: "backend", name: b.Name, key: "dsn"}
	for i, dsn := range b.DSNs() {
		if i > 0 {
			where.key, where.entry = "dsn_replicas", ""
		}
		if dsn == "" {
			continue // the file's problem, which has been said
		}
		snap, problems, err := readCatalog(ctx, b, dsn, notes)
		if err != nil {
			c.add(where, true, fmt.Errorf("%s was not reached (%w), so its account and the profiles were not compared with it", where.key, err))
			continue
		}
		c.grants(ctx, where, dsn)
		if i == 0 {
			c.add(at{}, false, problems...) // each names its own file
			c.snaps[b.Name] = snap
			c.profiles(b, snap)
		}
	}
}

func readCatalog(ctx context.Context, b *config.Backend, dsn string, notes []catalog.Annotations) (*askwire.Snapshot, []error, error) {
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	cat, err := catalog.Open(ctx, catalog.Options{Name: b.Name, DSN: dsn, Refresh: time.Hour, Annotations: withBackend(b, notes)})
	if err != nil {
		return nil, nil, err
	}
	st, snap := cat.Status(), cat.Snapshot()
	if err := cat.Close(); err != nil {
		return nil, nil, err
	}
	if snap == nil {
		return nil, nil, plainCause(st.Err)
	}
	return snap, st.Problems, nil
}

// plainCause is why a server was not reached, without the sentence for people at a prompt.
func plainCause(err error) error {
	var e *askwire.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err
	}
	return err
}

func (c *checker) profiles(b *config.Backend, snap *askwire.Snapshot) {
	for i := range c.cfg.Profiles {
		p := &c.cfg.Profiles[i]
		if p.Backend != b.Name {
			continue
		}
		where := at{section: "profile", name: p.Name}
		policy, problems := guard.Compile(p, snap)
		c.add(where, false, problems...)
		if len(problems) > 0 {
			continue
		}
		c.policies[p.Name] = policy
		for _, w := range policy.Warnings() {
			c.add(where, true, w)
		}
	}
}

// users compares each user's variables with its profiles, and each service account with the people it may act for.
func (c *checker) users() {
	unusable := map[[2]string]bool{} // variables: the file's problems, which have been said
	for i := range c.cfg.Users {
		u := &c.cfg.Users[i]
		maps.DeleteFunc(u.Vars, func(name string, v any) bool {
			_, err := config.PolicyValue(v)
			if err != nil {
				unusable[[2]string{u.Name, strings.ToLower(name)}] = true
			}
			return err != nil
		})
	}
	s, err := newState(c.cfg)
	if err != nil {
		c.add(at{section: "user"}, false, err)
		return
	}
	for i := range c.cfg.Users {
		u := &c.cfg.Users[i]
		for _, name := range u.Profiles {
			policy := c.policies[name]
			if policy == nil {
				continue
			}
			for _, m := range policy.Misfits(s.vars[u.Name]) {
				if !unusable[[2]string{u.Name, m.Name}] && (!m.Missing || len(u.ActsFor) == 0) {
					c.add(at{"user", u.Name, "vars", m.Name}, false, misfit(name, m))
				}
			}
		}
		for _, name := range u.ActsFor {
			c.person(s, u, name)
		}
	}
}

func misfit(profile string, m guard.Misfit) error {
	if m.Missing {
		return askwire.Errorf(askwire.WrongValue, "the profile %q needs the policy variable %q, which the user does not have.", profile, m.Name).
			WithHint("Add it to the user's vars: without it the user cannot log in.")
	}
	return askwire.Errorf(askwire.WrongValue, "vars.%s: the profile %q compares it with %s, which it is not.", m.Name, profile, m.Want).
		WithHint("Correct it: with this value the user cannot log in.")
}

// person says why a service account could not act for somebody.
func (c *checker) person(s *state, account *askwire.User, name string) {
	u := s.users[name]
	if u == nil || len(u.Profiles) == 0 || len(account.Profiles) == 0 {
		return
	}
	own, theirs := s.profiles[account.Profiles[0]], s.profiles[u.Profiles[0]]
	if own == nil || theirs == nil || c.policies[own.Name] == nil || c.policies[theirs.Name] == nil {
		return
	}
	where := at{"user", account.Name, "acts_for", name}
	say := func(err error) {
		e := askwire.Errorf(askwire.WrongValue, "acts_for: it could not act for %q: %s", name, err)
		var own *askwire.Error
		if errors.As(err, &own) {
			e.Message, e.Hint = fmt.Sprintf("acts_for: it could not act for %q: %s", name, own.Message), own.Hint
		}
		c.add(where, false, e)
	}
	policy := c.policies[own.Name]
	if own != theirs {
		both, err := bothProfiles(own, theirs, c.snaps[own.Backend])
		if err != nil {
			say(err)
			return
		}
		compiled, problems := guard.Compile(both, c.snaps[own.Backend])
		if len(problems) > 0 {
			say(problems[0])
			return
		}
		policy = compiled
	}
	vars, err := bothVars(account, c.policies[own.Name], s.vars[account.Name], s.vars[name])
	if err != nil {
		say(err)
		return
	}
	for _, m := range policy.Misfits(vars) {
		say(misfit(own.Name, m))
	}
}

// each are the errors of a joined one.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// questions says which saved questions no profile lets run.
func (c *checker) questions(notes []catalog.Annotations, stored []askwire.SavedQuestion) {
	saved, problems := catalog.Questions(notes)
	c.add(at{}, false, problems...)
	asker, err := nl.New(nl.Config{Models: []nl.NamedModel{{Name: "none", Model: offline.New()}}, Search: nl.SearcherFunc(catalog.Search), Saved: saved})
	if err != nil {
		c.add(at{}, false, each(err)...)
		return
	}
	c.add(at{section: "store"}, true, asker.SetStored(stored)...)
	type verdict struct {
		saved *askwire.SavedQuestion
		why   []string
		good  bool
	}
	verdicts := map[string]*verdict{}
	var order []string
	now := time.Now()
	for i := range c.cfg.Profiles {
		p := &c.cfg.Profiles[i]
		policy := c.policies[p.Name]
		if policy == nil {
			continue
		}
		q := &askwire.Question{User: &askwire.User{}, Profile: p, Snapshot: policy.Scope(), TimeZone: now.Location(), Now: now}
		asker.CheckSaved(q, guard.Gate{Policy: policy, Session: guard.Session{Vars: policy.AnyVariables()}}, func(saved *askwire.SavedQuestion, err error) {
			key := saved.ID + "\x00" + saved.Name
			v := verdicts[key]
			if v == nil {
				v = &verdict{saved: saved}
				verdicts[key] = v
				order = append(order, key)
			}
			if v.good = v.good || err == nil; err != nil {
				v.why = append(v.why, fmt.Sprintf("profile %q: %s", p.Name, err))
			}
		})
	}
	// A profile that could not be compared with its database might let it run.
	unknown := func(backend string) bool {
		return slices.ContainsFunc(c.cfg.Profiles, func(p askwire.Profile) bool {
			return c.policies[p.Name] == nil && (backend == "" || backend == p.Backend)
		})
	}
	for _, key := range order {
		if v := verdicts[key]; !v.good && !unknown(v.saved.Backend) {
			c.add(at{}, true, askwire.Errorf(askwire.StaleQuestion, "%s: no profile lets it run. %s", savedName(v.saved), strings.Join(v.why, " ")))
		}
	}
}

// savedName is how a person finds a saved question again.
func savedName(q *askwire.SavedQuestion) string {
	if q.ID == "" {
		return fmt.Sprintf("saved question %q", q.Name)
	}
	return fmt.Sprintf("saved question %q of %s (id %s)", q.Name, q.Owner, q.ID)
}
