package guard

import (
	"errors"
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// DenyStale has Compile deny the tables that a rule does not fit any more, and allow the rest of the profile: a column that a rule
// names may have been renamed, and would be shown. The problems are returned beside the policy. A problem that is about
// no table, and a profile of which no table is left, still give no policy.
func DenyStale() Option { return func(p *Policy) { p.stale = map[[2]string]string{} } }

// denyStale takes the tables of stale rules out of the policy, and reports whether the rest can hold.
func (b *builder) denyStale() bool {
	if b.policy.stale == nil {
		return false
	}
	for _, err := range b.problems {
		var rule *Problem
		if !errors.As(err, &rule) {
			return false
		}
		parts := strings.SplitN(rule.Entry, ".", 3)
		switch {
		case rule.Key == "relationships" || rule.Key == "llm_keys": // without them less is allowed
			continue
		case len(parts) < 2 || !slices.Contains([]string{"tables", "deny_columns", "llm_deny_columns", "masks", "rows"}, rule.Key):
			return false
		}
		k := [2]string{b.policy.fold(parts[0]), b.policy.fold(parts[1])}
		// The table of a rule may be there under another name, which db.* lists: then nobody knows what the rule is about.
		named := slices.ContainsFunc(b.profile.Tables, func(entry string) bool { return strings.EqualFold(entry, parts[0]+"."+parts[1]) })
		if b.policy.tables[k] == nil && b.policy.stale[k] == "" && !named {
			return false
		}
		if b.policy.stale[k] == "" {
			b.policy.stale[k] = rule.Key + " of " + parts[0] + "." + parts[1]
		}
		delete(b.policy.tables, k)
	}
	shown := map[string]bool{}
	for _, t := range b.policy.tables {
		shown[strings.ToLower(t.name)] = true
	}
	for name := range b.policy.names {
		if !shown[name] {
			delete(b.policy.names, name)
			b.policy.hidden[name] = true
		}
	}
	return slices.ContainsFunc(b.snap.Tables, func(t *askwire.Table) bool { return b.policy.table(t.DB, t.Name) != nil })
}

// staleTable is the refusal of a table whose rule does not fit the database any more. It names no column.
func (p *Policy) staleTable(db, name string) error {
	rule := p.stale[[2]string{p.fold(db), p.fold(name)}]
	if rule == "" {
		return nil
	}
	return askwire.Errorf(askwire.PolicyDenied, "The table '%s' is denied, because a rule of the profile does not fit it any more. Stale: %s.", name, rule).
		WithHint("Tell the operator: `askwire check` says what is wrong.")
}
