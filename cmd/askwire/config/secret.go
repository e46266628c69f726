package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
)

// secrets replaces "env:NAME" and "file:PATH" by what they stand for.
func (v *validator) secrets() {
	for i := range v.c.Backends {
		b := &v.c.Backends[i]
		at := path{"backend", strconv.Itoa(i)}
		v.secret(at.with("dsn"), v.name("backend", i, b.Name)+": dsn", &b.DSN, true)
		for j := range b.DSNReplicas {
			v.secret(at.with("dsn_replicas", strconv.Itoa(j)), v.name("backend", i, b.Name)+": dsn_replicas", &b.DSNReplicas[j], true)
		}
	}
	v.secret(path{"proxy", "mask_key"}, "proxy.mask_key", &v.c.Proxy.MaskKey, false)
	v.secret(path{"store", "dsn"}, "store.dsn", &v.c.Store.DSN, true)
	for i := range v.c.Models {
		m := &v.c.Models[i]
		v.secret(path{"model", strconv.Itoa(i), "api_key"}, v.name("model", i, m.Name)+": api_key", &m.APIKey, v.needsKey(m))
	}
	for i := range v.c.Users {
		u := &v.c.Users[i]
		v.secret(path{"user", strconv.Itoa(i), "password_hash"}, v.name("user", i, u.Name)+": password_hash", &u.PasswordHash, true)
	}
}

// secret resolves one. A required secret that is missing, and any that resolves to nothing, is a problem. A problem leaves the
// secret empty, and later checks pass over it.
func (v *validator) secret(at path, where string, s *askwire.Secret, required bool) {
	text := s.Reveal()
	*s = askwire.Secret{}
	if !v.set[at.key()] && text == "" {
		if required {
			v.problem(at, where, "missing.").Hint = `Write it as "env:NAME" or "file:PATH".`
		}
		return
	}
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		value, set := v.env(name)
		switch {
		case name == "":
			v.problem(at, where, "env: names no variable.").Hint = `Write "env:NAME".`
		case !set:
			v.problem(at, where, "the environment variable %s is not set.", name).Hint = "Set it before askwire starts."
		case strings.TrimSpace(value) == "":
			v.problem(at, where, "the environment variable %s is empty.", name).Hint = "Set it before askwire starts."
		default:
			*s = askwire.NewSecret(strings.TrimSpace(value))
		}
		return
	}
	if name, ok := strings.CutPrefix(text, "file:"); ok {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(v.file), name)
		}
		b, err := os.ReadFile(name)
		switch {
		case err != nil:
			v.problem(at, where, "the file %s cannot be read: %s.", name, cause(err)).Hint = "Check its path and permissions."
		case strings.TrimSpace(string(b)) == "":
			v.problem(at, where, "the file %s is empty.", name).Hint = "Put the secret into it."
		default:
			*s = askwire.NewSecret(strings.TrimSpace(string(b)))
		}
		return
	}
	if strings.TrimSpace(text) == "" {
		if required {
			v.problem(at, where, "an empty secret.").Hint = `Write it as "env:NAME" or "file:PATH".`
		}
		return
	}
	pr := v.problem(at, where, "a secret written out in the file.")
	pr.Hint, pr.Warning = `Better "env:NAME" or "file:PATH".`, true
	*s = askwire.NewSecret(text)
}
