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
	catalogRows  map[*askwire.Profile]*askwire.Profile // ownRows and allRows with the annotations
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
		if len(u.ActsFor) == 0 { // else it is the person's, once that is named
			vars[principalVar] = askwire.Value{Kind: askwire.String, Text: u.Name}
		}
		s.vars[u.Name] = vars
	}
	return s, nil
}

// principalVar is the policy variable that every session has: the user's own name, or that of the person whom a service account
// works for.
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

// compile compiles every profile with the catalogs as they are, so that one that does not fit any more is reported at once, and not
// when somebody uses it.
func (d *directory) compile() {
	for _, p := range d.state.Load().profiles {
		if snap := d.catalogs[p.Backend].Snapshot(); snap != nil {
			_, _ = d.policies.of(p, snap) // reported there
		}
	}
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

// Bind says what a session may see.
func (d *directory) Bind(who proxy.Principal) (*proxy.Binding, error) {
	s := d.state.Load()
	u, ok := s.users[who.User]
	if !ok || len(u.Profiles) == 0 {
		return nil, askwire.Errorf(askwire.AccessDenied, "The user %q does not exist any more.", who.User).WithHint("Ask the operator for access.")
	}
	b := &proxy.Binding{User: u, Vars: s.vars[who.User]}
	var err error
	if who.For != "" {
		err = d.bindPerson(s, b, who)
	} else {
		err = d.bindUser(s, b, who.Profile, who.Backend)
	}
	if err != nil {
		return nil, err
	}
	if b.Backend, err = d.pools.of(b.Profile.Backend, b.Policy.Scope().Server.Family); err != nil {
		return nil, err
	}
	// The history is optional: when the store was not reached since the start, statements that name it are refused.
	rows := d.ownRows
	if b.User.May("audit") {
		rows = d.allRows
	}
	if u.May("catalog") {
		rows = d.catalogRows[rows]
	}
	if snap := d.storeCatalog.Snapshot(); snap != nil {
		if policy, err := d.policies.of(rows, snap, guard.FunctionTable("askwire")); err == nil {
			b.Store = policy
			if b.StoreBackend, err = d.pools.of(storeName, snap.Server.Family); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// bindUser binds a user who works for nobody else. A service account that has not said for whom it works lacks that person's
// variables: the tables whose policies use them are denied to it, by the guard.
func (d *directory) bindUser(s *state, b *proxy.Binding, profile, backend string) (err error) {
	if b.Profile, err = s.profileOf(b.User, profile, backend); err != nil {
		return err
	}
	if b.Policy, err = d.policies.of(b.Profile, d.catalogs[b.Profile.Backend].Snapshot()); err != nil {
		return err
	}
	misfits := b.Policy.Misfits(b.Vars)
	if len(b.User.ActsFor) > 0 {
		b.NoValue = "Say first for whom this session works: SET askwire.end_user = 'name'."
		misfits = slices.DeleteFunc(misfits, func(m guard.Misfit) bool { return m.Missing })
	}
	return refused(misfits)
}

// bindPerson binds a service account that works for a person: with the rights that both have, and the person's variables.
func (d *directory) bindPerson(s *state, b *proxy.Binding, who proxy.Principal) error {
	account := b.User
	person, ok := s.users[who.For]
	if !ok || !slices.Contains(account.ActsFor, who.For) {
		// The same answer whether there is no such user or only none for this account.
		return askwire.Errorf(askwire.PrivilegeDenied, "The account %q may not act for %q.", account.Name, who.For).
			WithHint("Ask the operator to add the name to its acts_for.")
	}
	theirs, err := s.profileOf(person, who.Profile, who.Backend)
	if err != nil {
		return err
	}
	own, err := s.profileOf(account, "", who.Backend)
	if err != nil {
		return err
	}
	snap := d.catalogs[own.Backend].Snapshot()
	ownPolicy, err := d.policies.of(own, snap)
	if err != nil {
		return err
	}
	if b.Profile, b.Policy = own, ownPolicy; own != theirs {
		if b.Profile, b.Policy, err = d.policies.ofBoth(own, theirs, snap, d.catalogs[theirs.Backend].Snapshot()); err != nil {
			return err
		}
	}
	if b.Vars, err = bothVars(account, ownPolicy, s.vars[account.Name], s.vars[person.Name]); err != nil {
		return err
	}
	b.User = &askwire.User{Name: person.Name, Profiles: person.Profiles, Rights: bothRights(account, person), Errors: account.Errors}
	return refused(b.Policy.Misfits(b.Vars))
}

// profileOf finds one of a user's profiles; "" is the first on the backend, else the first.
func (s *state) profileOf(u *askwire.User, name, backend string) (*askwire.Profile, error) {
	if name == "" {
		i := slices.IndexFunc(u.Profiles, func(p string) bool { return s.profiles[p].Backend == backend })
		name = u.Profiles[max(i, 0)]
	}
	if !slices.Contains(u.Profiles, name) {
		return nil, askwire.Errorf(askwire.PrivilegeDenied, "The profile %q is not one of yours.", name).
			WithHint("Choose one of: %s.", strings.Join(u.Profiles, ", "))
	}
	return s.profiles[name], nil // the configuration's checks have seen to it that it is there
}

// refused denies everything to a user with whose variables a policy cannot hold: half a policy is none.
func refused(misfits []guard.Misfit) error {
	if len(misfits) == 0 {
		return nil
	}
	m := misfits[0]
	if m.Missing {
		return askwire.Errorf(askwire.AccessDenied, "Your account lacks the policy variable %q, so nothing can be shown to it.", m.Name).
			WithHint("Ask the operator to add it to the user's vars.")
	}
	return askwire.Errorf(askwire.AccessDenied, "The policy variable %q of your account is not %s, so nothing can be shown to it.", m.Name, m.Want).
		WithHint("Ask the operator to correct it in the user's vars.")
}

// mayRead reports whether values of a column may be read as samples for prompts: no profile of the backend denies, masks or
// keeps it from the model, restricts the table's rows, or keeps single values from the model.
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
		if p.LLMData != "rows" && (p.LLMData != "aggregates" || !slices.ContainsFunc(p.LLMKeys, is)) || slices.ContainsFunc(p.DenyColumns, is) || slices.ContainsFunc(p.LLMDenyColumns, is) {
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
