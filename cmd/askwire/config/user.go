package config

import (
	"slices"
	"strconv"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

func (v *validator) users() {
	if len(v.c.Users) == 0 {
		v.problem(nil, "user", "there is none: nobody could log in.").Hint = "Add a [[user]]; `askwire hash-password` prints its password_hash."
	}
	var profiles []string
	for _, p := range v.c.Profiles {
		profiles = append(profiles, p.Name)
	}
	for i := range v.c.Users {
		u := &v.c.Users[i]
		at, where := path{"user", strconv.Itoa(i)}, v.name("user", i, u.Name)
		v.named(at, where, u.Name, func(j int) string { return v.c.Users[j].Name }, i)
		if h := u.PasswordHash.Reveal(); h != "" {
			if err := wire.VerifyFormat(h); err != nil {
				v.rejected(at.with("password_hash"), where+": password_hash", err)
			}
		}
		if len(u.Profiles) == 0 {
			v.problem(at.with("profiles"), where+": profiles", "missing: the user could see nothing.").Hint = "Name at least one profile; the first is the default."
		}
		for j, p := range u.Profiles {
			if !slices.Contains(profiles, p) {
				v.missing(at.with("profiles", strconv.Itoa(j)), where+": profiles", "profile", p, profiles)
			}
		}
		for j, r := range u.Rights {
			v.oneOf(at.with("rights", strconv.Itoa(j)), where+": rights", r, "admin", "catalog", "verify", "audit")
		}
		v.oneOf(at.with("errors"), where+": errors", u.Errors, "own", "compatible")
		v.actsFor(at.with("acts_for"), where+": acts_for", u)
		for name, value := range u.Vars {
			k := at.with("vars", name)
			if !varPattern.MatchString(name) {
				v.problem(k, where+": vars", "%q is not a variable name.", name).Hint = "Use letters, digits and _."
			}
			if _, err := PolicyValue(value); err != nil {
				v.problem(k, where+": vars."+name, "%s.", err).Hint = "Write a whole number, a number, a text, true or false."
			}
		}
	}
}

// actsFor: a person is a user of its own, who acts for nobody.
func (v *validator) actsFor(at path, where string, u *askwire.User) {
	var names []string
	for _, other := range v.c.Users {
		if other.Name != u.Name {
			names = append(names, other.Name)
		}
	}
	for j, name := range u.ActsFor {
		k := at.with(strconv.Itoa(j))
		i := slices.IndexFunc(v.c.Users, func(x askwire.User) bool { return x.Name == name })
		switch {
		case name == u.Name:
			v.problem(k, where, "the account names itself.").Hint = "Remove it."
		case slices.Contains(u.ActsFor[:j], name):
			v.problem(k, where, "%q is named twice.", name).Hint = "Remove one of them."
		case i < 0:
			v.missing(k, where, "user", name, names)
		case len(v.c.Users[i].ActsFor) > 0:
			v.problem(k, where, "%q acts for others itself.", name).Hint = "Name the people, not another service account."
		}
	}
}
