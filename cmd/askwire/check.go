package main

import (
	"context"
	"errors"
	"fmt"
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
		Long: `Print all problems of a configuration at once: the file, the secrets, the annotations, and, where the databases can be reached, the
profiles against the tables and what the backend's account could do beyond SELECT. Nothing is written anywhere.

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
	return fmt.Sprintf("%d %ss", n, word)
}

func check(ctx context.Context, file string) config.Problems {
	cfg, problems := config.Load(file, config.Options{})
	if cfg == nil {
		return problems
	}
	c := checker{cfg: cfg, problems: problems}
	notes, noteProblems := annotationsOf(cfg)
	c.problems = append(c.problems, noteProblems...)
	saved, questionProblems := catalog.Questions(notes)
	c.add("", false, questionProblems...)
	if _, err := nl.New(nl.Config{Models: []nl.NamedModel{{Name: "none", Model: offline.New()}}, Search: nl.SearcherFunc(catalog.Search), Saved: saved}); err != nil {
		c.add("", false, err)
	}
	for i := range cfg.Models {
		if _, err := buildModels(cfg.Models[i : i+1]); err != nil {
			c.add(fmt.Sprintf("model %q", cfg.Models[i].Name), false, err)
		}
	}
	for i := range cfg.Backends {
		c.backend(ctx, &cfg.Backends[i], notes)
	}
	c.announced()
	c.store(ctx)
	return c.problems
}

// checker collects what connecting shows. A server that is not reachable is a warning: the file may be right.
type checker struct {
	cfg      *config.Config
	problems config.Problems
	families map[string]askwire.Family // of the backends that were reached
}

func (c *checker) add(where string, warning bool, errs ...error) {
	for _, err := range errs {
		p := config.Problem{File: c.cfg.Path, Where: where, Message: err.Error(), Warning: warning}
		var e *askwire.Error
		if errors.As(err, &e) {
			p.Message, p.Hint = strings.TrimPrefix(e.Message, where+": "), e.Hint
		}
		c.problems = append(c.problems, p)
	}
}

const checkTimeout = 20 * time.Second

func (c *checker) backend(ctx context.Context, b *config.Backend, notes []catalog.Annotations) {
	where := fmt.Sprintf("backend %q", b.Name)
	for i, dsn := range b.DSNs() {
		at := where
		if i > 0 {
			at = fmt.Sprintf("%s: dsn_replicas no. %d", where, i)
		}
		snap, problems, err := readCatalog(ctx, b, dsn, notes)
		if err != nil {
			c.add(at, true, fmt.Errorf("was not reached (%w), so its account and the profiles were not compared with it", err))
			continue
		}
		c.grants(ctx, at, dsn)
		if i == 0 {
			if c.families == nil {
				c.families = map[string]askwire.Family{}
			}
			c.families[b.Name] = snap.Server.Family
			c.add(where, false, problems...)
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
		where := fmt.Sprintf("profile %q", p.Name)
		policy, problems := guard.Compile(p, snap)
		c.add(where, false, problems...)
		if len(problems) > 0 {
			continue
		}
		for _, w := range policy.Warnings() {
			c.add(where, true, w)
		}
		for _, u := range c.cfg.Users {
			if !slices.Contains(u.Profiles, p.Name) {
				continue
			}
			for _, name := range policy.Variables() {
				if _, ok := foldedVars(u.Vars)[strings.ToLower(name)]; !ok && name != principalVar {
					c.add(fmt.Sprintf("user %q", u.Name), false, askwire.Errorf(askwire.WrongValue,
						"the profile %q needs the policy variable %q, which the user does not have.", p.Name, name).
						WithHint("Add it to the user's vars: without it the user cannot log in."))
				}
			}
		}
	}
}

// announced warns about profiles on a kind of server that no listener announces: clients would speak another dialect to it.
func (c *checker) announced() {
	greeted := map[askwire.Family]bool{}
	for _, l := range c.cfg.Listeners() {
		greeted[c.families[l.Announce]] = true
	}
	for i := range c.cfg.Profiles {
		p := &c.cfg.Profiles[i]
		if family, ok := c.families[p.Backend]; ok && !greeted[family] && !greeted[""] {
			c.add(fmt.Sprintf("profile %q", p.Name), true, askwire.Errorf(askwire.WrongValue,
				"its backend %q is a %s server, which no listener announces: clients may take it for another kind.", p.Backend, family).
				WithHint("Add a [[listener]] with announce = %q.", p.Backend))
		}
	}
}

func foldedVars(vars map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range vars {
		out[strings.ToLower(k)] = v
	}
	return out
}

// grants warns about what the account could do beyond SELECT. The guard does not let it, but a second lock costs nothing.
func (c *checker) grants(ctx context.Context, where, dsn string) {
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	db, err := catalog.OpenDB(dsn)
	if err != nil {
		c.add(where, false, err)
		return
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		c.add(where, true, fmt.Errorf("its account's grants could not be read: %w", err))
		return
	}
	defer rows.Close()
	var beyond []string
	for rows.Next() {
		var grant string
		if err := rows.Scan(&grant); err != nil {
			c.add(where, true, err)
			return
		}
		for _, p := range beyondSelect(grant) {
			if !slices.Contains(beyond, p) {
				beyond = append(beyond, p)
			}
		}
	}
	if err := rows.Err(); err != nil {
		c.add(where, true, err)
		return
	}
	if len(beyond) > 0 {
		c.add(where, true, askwire.Errorf(askwire.WrongValue, "its account may do more than SELECT: %s.", strings.Join(beyond, ", ")).
			WithHint("Use an account that has SELECT on the tables of the profiles and nothing else."))
	}
}

// harmless are privileges that read no more than a SELECT-only account needs.
var harmless = []string{"SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES"}

// beyondSelect lists what one line of SHOW GRANTS gives beyond SELECT.
func beyondSelect(grant string) []string {
	rest, ok := strings.CutPrefix(grant, "GRANT ")
	if !ok {
		return nil // MySQL 8 also lists REVOKE lines, which only take away
	}
	list, target, ok := strings.Cut(rest, " ON ")
	if !ok {
		role, _, _ := strings.Cut(rest, " TO ")
		return []string{"what the role " + role + " may"}
	}
	var out []string
	for _, p := range splitPrivileges(list) {
		if name, _, _ := strings.Cut(p, " ("); !slices.Contains(harmless, name) {
			out = append(out, name)
		}
	}
	if strings.HasSuffix(target, " WITH GRANT OPTION") {
		out = append(out, "GRANT OPTION")
	}
	return out
}

// splitPrivileges splits at commas outside the lists of columns.
func splitPrivileges(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range list {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			out = append(out, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(list[start:]))
}

func (c *checker) store(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	db, err := catalog.OpenDB(c.cfg.Store.DSN.Reveal())
	if err != nil {
		c.add("store", false, err)
		return
	}
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		c.add("store", true, fmt.Errorf("was not reached: %w", err))
	}
}
