package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// A service account that works for a person may do what both may: both profiles as one.

// bothRights are the rights that both users have.
func bothRights(a, b *askwire.User) []string {
	var out []string
	for _, r := range []string{"admin", "catalog", "verify", "audit"} {
		if a.May(r) && b.May(r) {
			out = append(out, r)
		}
	}
	return out
}

// bothProfiles is the profile that allows what the service account's and the person's both allow, on the tables of the
// snapshot that both fit. Where it is a matter of taste and not of rights (language, persona), the person's counts.
func bothProfiles(account, person *askwire.Profile, snap *askwire.Snapshot) (*askwire.Profile, error) {
	if account.Backend != person.Backend {
		return nil, nothingInCommon("The profiles %q and %q are of different backends.", account, person)
	}
	p := *person
	p.Name = account.Name + " & " + person.Name // no name in the file holds a blank
	p.Tables = common(tablesIn(account, snap), tablesIn(person, snap))
	if len(p.Tables) == 0 {
		return nil, nothingInCommon("The profiles %q and %q have no table in common.", account, person)
	}
	if p.Models = common(person.Models, account.Models); len(p.Models) == 0 {
		return nil, nothingInCommon("The profiles %q and %q have no model in common.", account, person)
	}
	in := scoped{snap, p.Tables}
	p.DenyColumns = either(in.names(account.DenyColumns), in.names(person.DenyColumns))
	p.LLMDenyColumns = either(in.names(account.LLMDenyColumns), in.names(person.LLMDenyColumns))
	p.FunctionsAllow = common(account.FunctionsAllow, person.FunctionsAllow)
	p.Rows = bothRows(in.rules(account.Rows), in.rules(person.Rows))
	p.Masks = bothMasks(in.rules(account.Masks), in.rules(person.Masks), &p)
	switch {
	case account.Joins != "declared":
	case person.Joins != "declared":
		p.Joins, p.Relationships = account.Joins, account.Relationships
	default:
		p.Relationships = common(account.Relationships, person.Relationships)
	}
	p.Relationships = slices.DeleteFunc(slices.Clone(p.Relationships), func(r string) bool {
		from, to, _ := strings.Cut(r, "->")
		ends := in.names([]string{strings.TrimSpace(from), strings.TrimSpace(to)})
		return len(ends) < 2 || len(common(ends, p.DenyColumns)) > 0
	})
	p.Cartesian = account.Cartesian && person.Cartesian
	if account.PlainSQL == "deny" {
		p.PlainSQL = "deny"
	}
	p.LLMData = least([]string{"none", "aggregates", "rows"}, account.LLMData, person.LLMData)
	switch {
	case account.LLMData == "rows":
		p.LLMKeys = in.names(person.LLMKeys)
	case person.LLMData == "rows":
		p.LLMKeys = in.names(account.LLMKeys)
	default:
		p.LLMKeys = common(in.names(account.LLMKeys), in.names(person.LLMKeys))
	}
	p.LLMKeys = slices.DeleteFunc(p.LLMKeys, func(c string) bool { return slices.Contains(p.DenyColumns, c) || slices.Contains(p.LLMDenyColumns, c) })
	if account.Summary == "off" {
		p.Summary = "off"
	}
	p.Decoys = account.Decoys || person.Decoys
	if account.OnAmbiguous == "ask" {
		p.OnAmbiguous = "ask"
	}
	p.AnswerChars = min(account.AnswerChars, person.AnswerChars)
	p.Instructions = strings.TrimSpace(account.Instructions + "\n" + person.Instructions)
	l, m := account.Limits, person.Limits
	p.Limits = askwire.Limits{Rows: min(l.Rows, m.Rows), Bytes: min(l.Bytes, m.Bytes), Time: askwire.Duration{Duration: min(l.Time.Duration, m.Time.Duration)},
		ScanRows: min(l.ScanRows, m.ScanRows), QuestionsPerDay: min(l.QuestionsPerDay, m.QuestionsPerDay), TokensPerDay: min(l.TokensPerDay, m.TokensPerDay)}
	return &p, nil
}

// bothVars are the person's variables, and the account's that the person does not have. The account's own policy must not come
// to hold for other values than the account's.
func bothVars(account *askwire.User, policy *guard.Policy, own, theirs map[string]askwire.Value) (map[string]askwire.Value, error) {
	out := maps.Clone(own)
	for name, v := range theirs {
		if have, twice := own[name]; twice && have != v && slices.Contains(policy.Variables(), name) {
			return nil, askwire.Errorf(askwire.PrivilegeDenied, "The policy variable %q of the account %q has another value than the person's.", name, account.Name).
				WithHint("Ask the operator to remove it from one of the two.")
		}
		out[name] = v
	}
	return out, nil
}

func nothingInCommon(format string, account, person *askwire.Profile) error {
	return askwire.Errorf(askwire.PrivilegeDenied, format, account.Name, person.Name).WithHint("Ask the operator for profiles that overlap.")
}

// tablesIn lists a profile's tables by their own names: "db.*" stands for base tables only.
func tablesIn(p *askwire.Profile, snap *askwire.Snapshot) []string {
	var out []string
	for _, t := range snap.Tables {
		if slices.ContainsFunc(p.Tables, func(entry string) bool {
			db, name, _ := strings.Cut(entry, ".")
			if name != "*" {
				listed, ok := snap.Table(db, name)
				return ok && listed == t
			}
			same, ok := snap.Table(db, t.Name)
			return ok && same == t && !t.View
		}) {
			out = append(out, t.ID())
		}
	}
	return out
}

// scoped spells the names in rules as the database does, columns in lower case, so that names of two profiles compare, and drops
// those of other tables.
type scoped struct {
	snap   *askwire.Snapshot
	tables []string
}

// name reads "db.table" or "db.table.column".
func (s scoped) name(text string) (string, bool) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return "", false
	}
	t, ok := s.snap.Table(parts[0], parts[1])
	if !ok || !slices.Contains(s.tables, t.ID()) {
		return "", false
	}
	if len(parts) == 2 {
		return t.ID(), true
	}
	return t.ID() + "." + strings.ToLower(parts[2]), true
}

func (s scoped) names(list []string) []string {
	var out []string
	for _, text := range list {
		if n, ok := s.name(text); ok {
			out = append(out, n)
		}
	}
	return out
}

func (s scoped) rules(rules map[string]string) map[string]string {
	out := map[string]string{}
	for text, rule := range rules {
		if n, ok := s.name(text); ok {
			out[n] = strings.TrimSpace(rule)
		}
	}
	return out
}

// bothRows joins the predicates of tables that both restrict. Each has been compiled for itself, so that neither can end the
// other's parentheses; the line end closes a comment.
func bothRows(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	for t, predicate := range b {
		if other, twice := a[t]; twice && other != predicate {
			predicate = "(" + other + "\n) AND (" + predicate + "\n)"
		}
		out[t] = predicate
	}
	return out
}

// bothMasks takes the masks of both. A column that they mask in two ways is denied, since neither shows less than the other.
func bothMasks(a, b map[string]string, p *askwire.Profile) map[string]string {
	out := maps.Clone(a)
	for column, mask := range b {
		if other, twice := a[column]; twice && other != mask {
			p.DenyColumns = either(p.DenyColumns, []string{column})
		}
		out[column] = mask
	}
	maps.DeleteFunc(out, func(column, _ string) bool { return slices.Contains(p.DenyColumns, column) })
	return out
}

func common(a, b []string) []string {
	var out []string
	for _, x := range a {
		if slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

func either(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// least is the word that comes first in the order.
func least(order []string, a, b string) string {
	return order[max(0, min(slices.Index(order, a), slices.Index(order, b)))]
}
