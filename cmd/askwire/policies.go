package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// policies compiles profiles against snapshots, once for each pair: the newest pair of every profile is kept. Both are
// immutable and keep their pointers while nothing changed, so the pointers are the key. A rule that does not fit the database any
// more denies the table that it is about.
type policies struct {
	maskKey string                                                    // "" = random
	report  func(profile *askwire.Profile, nothing bool, cause error) // of a profile that does not fit the database, once for each pair

	mu   sync.Mutex
	kept map[string]compiled
	both map[[2]string]joint // by the names of account's and person's profile
}

// joint is a profile made of two.
type joint struct {
	account, person *askwire.Profile
	snapshot        *askwire.Snapshot
	profile         *askwire.Profile
	err             error
}

// ofBoth returns what an account's and a person's profile both allow, with its policy.
func (p *policies) ofBoth(account, person *askwire.Profile, snap, theirs *askwire.Snapshot) (*askwire.Profile, *guard.Policy, error) {
	// The person's profile must hold for itself: its rules are taken over one by one.
	if _, err := p.of(person, theirs); err != nil {
		return nil, nil, err
	}
	key := [2]string{account.Name, person.Name}
	p.mu.Lock()
	j, ok := p.both[key]
	if !ok || j.account != account || j.person != person || j.snapshot != snap {
		j = joint{account: account, person: person, snapshot: snap}
		j.profile, j.err = bothProfiles(account, person, snap)
		if p.both == nil {
			p.both = map[[2]string]joint{}
		}
		p.both[key] = j
	}
	p.mu.Unlock()
	if j.err != nil {
		return nil, nil, j.err
	}
	policy, err := p.of(j.profile, snap)
	return j.profile, policy, err
}

type compiled struct {
	profile  *askwire.Profile
	snapshot *askwire.Snapshot
	policy   *guard.Policy
	err      error
}

// of returns the profile's policy for the snapshot, always with the same options. A profile of which nothing fits the snapshot (any more) allows nothing.
func (p *policies) of(profile *askwire.Profile, snap *askwire.Snapshot, options ...guard.Option) (*guard.Policy, error) {
	if snap == nil {
		return nil, askwire.Errorf(askwire.BackendUnavailable, "The database behind profile %q was not reached since the start.", profile.Name).
			WithHint("Try again in a minute, or tell the operator.")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.kept[profile.Name]; ok && c.profile == profile && c.snapshot == snap {
		return c.policy, c.err
	}
	c := compiled{profile: profile, snapshot: snap}
	if p.maskKey != "" {
		options = append(options, guard.HashKey([]byte(p.maskKey)))
	}
	policy, problems := guard.Compile(profile, snap, append(options, guard.DenyStale())...)
	if len(problems) > 0 {
		err := stale(profile, snap, problems)
		if p.report != nil {
			p.report(profile, policy == nil, plainCause(err))
		}
		if policy == nil {
			c.err = err
		}
	}
	c.policy = policy
	if p.kept == nil {
		p.kept = map[string]compiled{}
	}
	p.kept[profile.Name] = c
	return c.policy, c.err
}

// stale denies everything of a profile that does not fit the database. Its users are told which rule of which table is stale;
// the column, which may be hidden from them, is in the log.
func stale(profile *askwire.Profile, snap *askwire.Snapshot, problems []error) error {
	var rules []string
	for _, err := range problems {
		var rule *guard.Problem
		if !errors.As(err, &rule) {
			continue
		}
		text := rule.Key
		if parts := strings.SplitN(rule.Entry, ".", 3); len(parts) > 1 && rule.Key != "relationships" {
			text += " of " + parts[0] + "." + parts[1]
		}
		if !slices.Contains(rules, text) {
			rules = append(rules, text)
		}
	}
	return askwire.Errorf(askwire.PolicyDenied, "The profile %q does not fit the database any more, so nothing is allowed. Stale: %s.", profile.Name, strings.Join(rules, ", ")).
		WithHint("Tell the operator: `askwire check` says what is wrong.").
		Wrap(fmt.Errorf("catalog version %d: %w", snap.Version, errors.Join(problems...)))
}
