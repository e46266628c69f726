package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
)

const openAIBase = "https://api.openai.com/v1"

// validator holds every check that needs no connection.
type validator struct {
	*decoder
	c   *Config
	env func(string) (string, bool)
}

func (v *validator) all() {
	v.log()
	v.proxy()
	v.listeners()
	v.backends()
	v.store()
	v.models()
	v.profiles()
	v.users()
}

func (v *validator) name(section string, i int, name string) string {
	return elementName(section, i, map[string]any{"name": name})
}

func (v *validator) log() {
	v.oneOf(path{"log", "level"}, "log.level", v.c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf(path{"log", "format"}, "log.format", v.c.Log.Format, "auto", "json", "console")
}

func (v *validator) proxy() {
	p := &v.c.Proxy
	at := path{"proxy"}
	v.address(at.with("listen"), "proxy.listen", p.Listen)
	if p.AdminListen != "" {
		v.address(at.with("admin_listen"), "proxy.admin_listen", p.AdminListen)
		if p.AdminListen == p.Listen && !strings.HasSuffix(p.Listen, ":0") {
			v.problem(at.with("admin_listen"), "proxy.admin_listen", "is the same address as proxy.listen.").Hint = "Give it a port of its own."
		}
	}
	if len(v.c.Backends) > 0 && !slices.ContainsFunc(v.c.Backends, func(b Backend) bool { return b.Name == p.Announce }) {
		v.missing(at.with("announce"), "proxy.announce", "backend", p.Announce, v.backendNames())
	}
	if !wordPattern.MatchString(p.AskWord) {
		v.problem(at.with("ask_word"), "proxy.ask_word", "%q is not a word of 1 to 32 letters, digits and _ that starts with a letter.", p.AskWord).
			Hint = `The default is "ask".`
	}
	if k := p.MaskKey.Reveal(); k != "" && len(k) < 16 {
		v.problem(at.with("mask_key"), "proxy.mask_key", "is shorter than 16 characters.").Hint = "Use a random one, such as from `openssl rand -hex 32`."
	}
	v.atLeast(at.with("max_sessions"), "proxy.max_sessions", int64(p.MaxSessions), 1)
	v.atLeast(at.with("max_sessions_per_user"), "proxy.max_sessions_per_user", int64(p.MaxSessionsPerUser), 1)
	v.atLeast(at.with("max_sessions_per_address"), "proxy.max_sessions_per_address", int64(p.MaxSessionsPerAddress), 1)
	v.atLeast(at.with("max_packet"), "proxy.max_packet", int64(p.MaxPacket), 1<<20)
	if p.MaxPacket > 1<<30 {
		v.problem(at.with("max_packet"), "proxy.max_packet", "must be at most 1 GiB, which is all that servers take.")
	}
	for i, b := range p.ProxyProtocolFrom {
		if _, err := balancer(b); err != nil {
			v.problem(at.with("proxy_protocol_from", strconv.Itoa(i)), "proxy.proxy_protocol_from", "%q is no address.", b).
				Hint = "Write the balancer's IP address, or a range such as 10.0.0.0/24."
		}
	}
	v.between(at.with("drain_timeout"), "proxy.drain_timeout", p.DrainTimeout, 0, time.Hour)
	v.tls(at, "proxy.", &p.TLSCert, &p.TLSKey)
}

// listeners are compared with each other, and with [proxy], whose certificate they share unless they name one.
func (v *validator) listeners() {
	taken := map[string]string{v.c.Proxy.Listen: "proxy.listen", v.c.Proxy.AdminListen: "proxy.admin_listen"}
	for i := range v.c.Listen {
		l := &v.c.Listen[i]
		at, where := path{"listener", strconv.Itoa(i)}, fmt.Sprintf("listener no. %d", i+1)
		if l.Listen == "" {
			v.problem(at, where, "has no listen.").Hint = `Add listen = "HOST:PORT".`
		} else {
			v.address(at.with("listen"), where+": listen", l.Listen)
			if other, ok := taken[l.Listen]; ok && !strings.HasSuffix(l.Listen, ":0") {
				v.problem(at.with("listen"), where+": listen", "is the same address as %s.", other).Hint = "Give it a port of its own."
			}
			taken[l.Listen] = where
		}
		switch known := v.backendNames(); {
		case l.Announce == "":
			v.problem(at, where, "has no announce.").Hint = "Name the backend whose version its clients are greeted with."
		case len(known) > 0 && !slices.Contains(known, l.Announce):
			v.missing(at.with("announce"), where+": announce", "backend", l.Announce, known)
		}
		if l.TLSCert != v.c.Proxy.TLSCert || l.TLSKey != v.c.Proxy.TLSKey {
			v.tls(at, where+": ", &l.TLSCert, &l.TLSKey)
		}
	}
}

func (v *validator) tls(at path, where string, cert, key *string) {
	if (*cert == "") != (*key == "") {
		v.problem(at.with("tls_cert"), where+"tls_cert", "tls_cert and tls_key must be set together.").
			Hint = "Leave both empty for a self-signed certificate that is made at start."
		return
	}
	for key, file := range map[string]*string{"tls_cert": cert, "tls_key": key} {
		if *file == "" {
			continue
		}
		if !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(v.file), *file)
		}
		if _, err := os.Stat(*file); err != nil {
			v.problem(at.with(key), where+key, "the file %s cannot be read: %s.", *file, cause(err)).Hint = "Check its path and permissions."
		}
	}
}

func (v *validator) backends() {
	if len(v.c.Backends) == 0 {
		v.problem(nil, "backend", "there is none.").Hint = "Add a [[backend]] with name and dsn."
	}
	for i := range v.c.Backends {
		b := &v.c.Backends[i]
		at, where := path{"backend", strconv.Itoa(i)}, v.name("backend", i, b.Name)
		v.named(at, where, b.Name, func(j int) string { return v.c.Backends[j].Name }, i)
		v.dsn(at.with("dsn"), where+": dsn", b.DSN)
		for j, r := range b.DSNReplicas {
			v.dsn(at.with("dsn_replicas", strconv.Itoa(j)), where+": dsn_replicas", r)
			v.sameAccount(at.with("dsn_replicas", strconv.Itoa(j)), where+": dsn_replicas", b.DSN, r)
		}
		v.atLeast(at.with("pool"), where+": pool", int64(b.Pool), 1)
		v.between(at.with("refresh"), where+": refresh", b.Refresh, time.Second, 24*time.Hour)
	}
}

func (v *validator) store() {
	s := &v.c.Store
	at := path{"store"}
	v.dsn(at.with("dsn"), "store.dsn", s.DSN)
	v.oneOf(at.with("audit"), "store.audit", s.Audit, "required", "best_effort")
	v.oneOf(at.with("audit_plain"), "store.audit_plain", s.AuditPlain, "all", "denied", "off")
	v.between(at.with("retain"), "store.retain", s.Retain, time.Hour, 100*365*24*time.Hour)
	if s.SpoolDir == "" {
		v.problem(at.with("spool_dir"), "store.spool_dir", "missing.").Hint = "Name a folder that can be written."
	}
	v.atLeast(at.with("spool_limit"), "store.spool_limit", int64(s.SpoolLimit), 1<<20)
	for i, c := range s.Redact {
		v.columnName(at.with("redact", strconv.Itoa(i)), "store.redact", c)
	}
}

func (v *validator) models() {
	if len(v.c.Models) == 0 {
		v.problem(nil, "model", "there is none.").Hint = `Add a [[model]]; provider = "offline" needs no key and answers the saved questions only.`
	}
	for i := range v.c.Models {
		m := &v.c.Models[i]
		at, where := path{"model", strconv.Itoa(i)}, v.name("model", i, m.Name)
		v.named(at, where, m.Name, func(j int) string { return v.c.Models[j].Name }, i)
		v.oneOf(at.with("provider"), where+": provider", m.Provider, "openai", "azure", "offline")
		v.oneOf(at.with("max_tokens_field"), where+": max_tokens_field", m.MaxTokensField, "auto", "max_tokens", "max_completion_tokens")
		v.between(at.with("timeout"), where+": timeout", m.Timeout, time.Second, 10*time.Minute)
		v.atLeast(at.with("calls_per_minute"), where+": calls_per_minute", int64(m.CallsPerMinute), 1)
		v.atLeast(at.with("prompt_tokens"), where+": prompt_tokens", int64(m.PromptTokens), 2000)
		if f := m.TokenFactor; f != 0 && (f < 0.5 || f > 5) {
			v.problem(at.with("token_factor"), where+": token_factor", "must be 0 (by the model's name) or between 0.5 and 5, not %v.", f)
		}
		if t := m.Temperature.Value; t < 0 || t > 2 {
			v.problem(at.with("temperature"), where+": temperature", "must be between 0 and 2, not %v.", t)
		}
		v.oneOf(at.with("reasoning_effort"), where+": reasoning_effort", m.ReasoningEffort, "", "none", "minimal", "low", "medium", "high", "xhigh")
		for key, price := range map[string]float64{"input": m.PricePerMTok.Input, "output": m.PricePerMTok.Output} {
			if price < 0 {
				v.problem(at.with("price_per_mtok", key), where+": price_per_mtok."+key, "must not be below 0.")
			}
		}
		if m.APIVersion != "" && m.Provider != "azure" {
			v.problem(at.with("api_version"), where+": api_version", "is for provider = \"azure\" only.").Hint = "Remove it."
		}
		if m.Provider == "offline" && m.EmbeddingsModel != "" {
			v.problem(at.with("embeddings_model"), where+": embeddings_model", "the offline model has no embeddings.").Hint = "Remove the key, or choose another provider."
		}
		for key, prefix := range map[string]string{"embeddings_query_prefix": m.QueryPrefix, "embeddings_passage_prefix": m.PassagePrefix} {
			if prefix != "" && m.EmbeddingsModel == "" {
				v.problem(at.with(key), where+": "+key, "is for a model with embeddings.").Hint = "Set embeddings_model, or remove the key."
			}
		}
		if m.Provider == "offline" {
			continue
		}
		if m.Model == "" {
			v.problem(at.with("model"), where+": model", "missing.").Hint = "Name the model as the provider does."
		}
		u, err := url.Parse(m.BaseURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			v.problem(at.with("base_url"), where+": base_url", "%q is not an http or https address.", m.BaseURL).
				Hint = `Such as "https://api.openai.com/v1" or "http://127.0.0.1:11434/v1".`
		}
	}
}

// needsKey: OpenAI and Azure refuse calls without a key; servers of one's own mostly want none.
func (v *validator) needsKey(m *Model) bool {
	return m.Provider == "azure" || m.Provider == "openai" && m.BaseURL == openAIBase
}

var (
	wordPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)
	varPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	userPattern = regexp.MustCompile(`^[^\x00-\x20]{1,64}$`)
	tableName   = regexp.MustCompile(`^[^.\x00]{1,64}\.[^.\x00]{1,64}$`)
	columnName  = regexp.MustCompile(`^[^.\x00]{1,64}\.[^.\x00]{1,64}\.[^.\x00]{1,64}$`)
)

// named checks that a name is there, usable, and not taken by an earlier element.
func (v *validator) named(at path, where, name string, other func(int) string, i int) {
	switch {
	case name == "":
		v.problem(at.with("name"), where, "has no name.").Hint = "Add name = \"…\"."
		return
	case !userPattern.MatchString(name):
		v.problem(at.with("name"), where+": name", "must be 1 to 64 characters without blanks.")
	}
	for j := range i {
		if other(j) == name {
			v.problem(at.with("name"), where+": name", "is taken by the %s on line %d.", at[0], v.line(path{at[0], strconv.Itoa(j), "name"})).
				Hint = "Give one of them another name."
			return
		}
	}
}

func (v *validator) backendNames() []string {
	var out []string
	for _, b := range v.c.Backends {
		out = append(out, b.Name)
	}
	return out
}

func (v *validator) missing(at path, where, what, name string, known []string) {
	pr := v.problem(at, where, "there is no %s %q.", what, name)
	if n := nearest(name, known); n != "" {
		pr.Hint = fmt.Sprintf("Did you mean %q?", n)
	} else if len(known) > 0 {
		pr.Hint = "There are: " + strings.Join(known, ", ") + "."
	} else {
		pr.Hint = fmt.Sprintf("Add a [[%s]] of that name.", what)
	}
}

func (v *validator) oneOf(at path, where, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	pr := v.problem(at, where, "must be %s, not %q.", list(allowed), value)
	if n := nearest(value, allowed); n != "" {
		pr.Hint = fmt.Sprintf("Did you mean %q?", n)
	}
}

func list(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = strconv.Quote(w)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}

func (v *validator) atLeast(at path, where string, n, least int64) {
	if n < least {
		v.problem(at, where, "must be at least %d, not %d.", least, n)
	}
}

func (v *validator) between(at path, where string, d askwire.Duration, low, high time.Duration) {
	if d.Duration < low || d.Duration > high {
		v.problem(at, where, "must be between %s and %s, not %s.", printDuration(low), printDuration(high), printDuration(d.Duration))
	}
}

func printDuration(d time.Duration) string {
	if d != 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

func (v *validator) address(at path, where, addr string) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		var n uint64
		if n, err = strconv.ParseUint(port, 10, 16); err == nil && strconv.FormatUint(n, 10) == port {
			if _, ipErr := netip.ParseAddr(host); host == "" || host == "localhost" || ipErr == nil || hostPattern.MatchString(host) {
				return
			}
		}
	}
	v.problem(at, where, "%q is not an address to listen on.", addr).Hint = `Write "HOST:PORT", such as "127.0.0.1:4306" or ":4306" for all interfaces.`
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// dsn never prints the text itself: it holds a password.
func (v *validator) dsn(at path, where string, s askwire.Secret) {
	if s.Reveal() == "" {
		return
	}
	e, err := catalog.ParseDSN(s.Reveal())
	switch {
	case err != nil:
		v.rejected(at, where, err)
	case e.User == "":
		v.problem(at, where, "the DSN names no user.").Hint = "Write user:password@tcp(host:port)/database?tls=true."
	case e.TLS == "preferred":
		v.problem(at, where, "tls=preferred would go on without TLS unnoticed.").Hint = "Write tls=true, tls=skip-verify, or leave it out."
	case len(e.Params) > 0:
		v.problem(at, where, "sets the session variable %s, but askwire sets the sessions of its connections itself.", slices.Sorted(maps.Keys(e.Params))[0]).
			Hint = "Remove it from the DSN."
	}
}

// sameAccount: one pool logs in to all servers of a backend, so they share account and database.
func (v *validator) sameAccount(at path, where string, first, other askwire.Secret) {
	a, errA := catalog.ParseDSN(first.Reveal())
	b, errB := catalog.ParseDSN(other.Reveal())
	if errA == nil && errB == nil && (a.User != b.User || a.Password != b.Password || a.DB != b.DB || a.TLS != b.TLS) {
		v.problem(at, where, "differs from dsn in more than the address.").Hint = "Use the same user, password, database and tls for all servers of a backend."
	}
}

// rejected is a problem in the words of the room that found it.
func (v *validator) rejected(at path, where string, err error) {
	var e *askwire.Error
	if !errors.As(err, &e) {
		v.problem(at, where, "%s.", err)
		return
	}
	v.problem(at, where, "%s", e.Message).Hint = e.Hint
}

func (v *validator) columnName(at path, where, name string) {
	if !columnName.MatchString(name) {
		v.problem(at, where, "%q is not of the form database.table.column.", name)
	}
}

func (v *validator) tableName(at path, where, name string) {
	if !tableName.MatchString(name) {
		v.problem(at, where, "%q is not of the form database.table.", name)
	}
}
