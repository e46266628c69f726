package main

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy"
	"github.com/askwire/askwire/proxy/wire"
)

// directory is the proxy's Directory: the users, profiles and policies of the configuration in force. A reload replaces the
// configuration, a catalog refresh the snapshots; both move the generation, and sessions bind anew at their next statement.
type directory struct {
	state      atomic.Pointer[state]
	generation atomic.Uint64
	policies   policies
	onChange   atomic.Pointer[func()] // called after every change of a catalog

	catalogs map[string]*catalog.Catalog
	pools    pools

	storeCatalog *catalog.Catalog
	ownRows      *askwire.Profile // of the tables of the store
	allRows      *askwire.Profile
}

// state is one configuration, indexed.
type state struct {
	config   *config.Config
	users    map[string]*askwire.User
	profiles map[string]*askwire.Profile
	vars     map[string]map[string]askwire.Value // by user
}

func newState(c *config.Config) (*state, error) {
	s := &state{config: c, users: map[string]*askwire.User{}, profiles: map[string]*askwire.Profile{}, vars: map[string]map[string]askwire.Value{}}
	for i := range c.Profiles {
		s.profiles[c.Profiles[i].Name] = &c.Profiles[i]
	}
	for i := range c.Users {
		u := &c.Users[i]
		s.users[u.Name] = u
		vars := map[string]askwire.Value{}
		for name, v := range u.Vars {
			value, err := config.PolicyValue(v)
			if err != nil {
				return nil, fmt.Errorf("user %q: vars.%s: %w", u.Name, name, err)
			}
			vars[strings.ToLower(name)] = value
		}
		vars[principalVar] = askwire.Value{Kind: askwire.String, Text: u.Name}
		s.vars[u.Name] = vars
	}
	return s, nil
}

// principalVar is the policy variable that every session has: the user's own name.
const principalVar = "principal"

// credentials are the users' password hashes, for the handshake.
func (s *state) credentials() (map[string]wire.Credential, error) {
	out := map[string]wire.Credential{}
	for name, u := range s.users {
		c, err := wire.ParseCredential(u.PasswordHash.Reveal())
		if err != nil {
			return nil, fmt.Errorf("user %q: %w", name, err)
		}
		out[name] = c
	}
	return out, nil
}

// User finds a principal of the configuration in force.
func (d *directory) User(name string) (*askwire.User, bool) {
	u, ok := d.state.Load().users[name]
	return u, ok
}

// changed says that a catalog has changed.
func (d *directory) changed() {
	d.generation.Add(1)
	if f := d.onChange.Load(); f != nil {
		(*f)()
	}
}

// Generation moves with every reload and every change of a catalog.
func (d *directory) Generation() uint64 { return d.generation.Load() }

// Bind says what the user may see with a profile.
func (d *directory) Bind(user, profile string) (*proxy.Binding, error) {
	s := d.state.Load()
	u, ok := s.users[user]
	if !ok || len(u.Profiles) == 0 {
		return nil, askwire.Errorf(askwire.AccessDenied, "The user %q does not exist any more.", user).WithHint("Ask the operator for access.")
	}
	if profile == "" {
		profile = u.Profiles[0]
	}
	if !slices.Contains(u.Profiles, profile) {
		return nil, askwire.Errorf(askwire.PrivilegeDenied, "The profile %q is not one of yours.", profile).
			WithHint("Choose one of: %s.", strings.Join(u.Profiles, ", "))
	}
	p := s.profiles[profile] // the configuration's checks have seen to it that it is there
	snap := d.catalogs[p.Backend].Snapshot()
	policy, err := d.policies.of(p, snap)
	if err != nil {
		return nil, err
	}
	pool, err := d.pools.of(p.Backend, snap.Server.Family)
	if err != nil {
		return nil, err
	}
	if err := variables(policy, s.vars[user]); err != nil {
		return nil, err
	}
	b := &proxy.Binding{User: u, Profile: p, Policy: policy, Vars: s.vars[user], Backend: pool}
	// The history is optional: when the store was not reached since the start, statements that name it are refused.
	rows := d.ownRows
	if u.May("audit") {
		rows = d.allRows
	}
	if snap := d.storeCatalog.Snapshot(); snap != nil {
		if policy, err := d.policies.of(rows, snap); err == nil {
			b.Store = policy
			if b.StoreBackend, err = d.pools.of(storeName, snap.Server.Family); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// First is the user's first profile on the backend, else the first of all, which Bind takes for "".
func (d *directory) First(user, backend string) string {
	s := d.state.Load()
	if u, ok := s.users[user]; ok && backend != "" {
		for _, name := range u.Profiles {
			if s.profiles[name].Backend == backend {
				return name
			}
		}
	}
	return ""
}

// variables refuses a user who lacks a policy variable: half a policy is none.
func variables(policy *guard.Policy, vars map[string]askwire.Value) error {
	for _, name := range policy.Variables() {
		if _, ok := vars[strings.ToLower(name)]; !ok {
			return askwire.Errorf(askwire.AccessDenied, "Your account lacks the policy variable %q, so nothing can be shown to it.", name).
				WithHint("Ask the operator to add it to the user's vars.")
		}
	}
	return nil
}

// mayRead reports whether values of a column may be read as samples for prompts: no profile of the backend denies, masks or
// keeps it from the model, restricts the table's rows, or keeps all data from the model.
func (d *directory) mayRead(backend string, c askwire.ColumnRef) bool {
	s := d.state.Load()
	table, column := c.DB+"."+c.Table, c.String()
	is := func(name string) bool { return strings.EqualFold(name, column) }
	seen := false
	for _, p := range s.profiles {
		if p.Backend != backend || !slices.ContainsFunc(p.Tables, func(t string) bool {
			return strings.EqualFold(t, table) || strings.EqualFold(t, c.DB+".*")
		}) {
			continue
		}
		seen = true
		if p.LLMData == "none" || slices.ContainsFunc(p.DenyColumns, is) || slices.ContainsFunc(p.LLMDenyColumns, is) {
			return false
		}
		for name := range p.Masks {
			if is(name) {
				return false
			}
		}
		for name := range p.Rows {
			if strings.EqualFold(name, table) {
				return false
			}
		}
	}
	return seen
}
