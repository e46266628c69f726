// Package config reads config.toml: defaults, then the file, then the environment for secrets, then command-line flags,
// then every check that needs no connection. What Load returns is not changed afterwards; a reload makes a new value.
//
// Its main type is Config, whose sections mirror the file's. The rule for callers: a nil *Config comes with at least one
// Problem, and all problems are reported at once, each with its line where it has one and with what to do about it. A key
// that the file may hold but askwire cannot honour is a problem too, never silently ignored.
//
// It opens no connections and knows nothing of catalogs: whether the tables and columns of a profile exist, and whether
// its predicates parse, is for `askwire check` and the guard to say.
package config

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/askwire/askwire"
)

// Config is the whole of config.toml. Every key, with default, unit and reason, is in the config.toml of the repository.
type Config struct {
	Path string `toml:"-"` // the file it came from

	lines map[string]int // of its keys

	Log      Log               `toml:"log"`
	Proxy    Proxy             `toml:"proxy"`
	Listen   []Listener        `toml:"listener"`
	Backends []Backend         `toml:"backend"`
	Catalog  Catalog           `toml:"catalog"`
	Store    Store             `toml:"store"`
	Models   []Model           `toml:"model"`
	Profiles []askwire.Profile `toml:"profile"`
	Users    []askwire.User    `toml:"user"`
}

// Log says how askwire logs, always to standard error and never with literals of a statement.
type Log struct {
	Level  string `toml:"level"`  // debug | info | warn | error
	Format string `toml:"format"` // auto (console on a terminal, else JSON) | json | console
}

// Proxy is the client side.
type Proxy struct {
	Listen                string           `toml:"listen"`
	AdminListen           string           `toml:"admin_listen"` // "" = none
	Announce              string           `toml:"announce"`     // "" = the first backend
	AskWord               string           `toml:"ask_word"`
	TLSCert               string           `toml:"tls_cert"`
	TLSKey                string           `toml:"tls_key"`
	RequireTLS            bool             `toml:"require_tls"`
	MaxSessions           int              `toml:"max_sessions"`
	MaxSessionsPerUser    int              `toml:"max_sessions_per_user"`
	MaxSessionsPerAddress int              `toml:"max_sessions_per_address"`
	MaskKey               askwire.Secret   `toml:"mask_key"` // of the hash mask; "" = random, for as long as the process lives
	MaxPacket             askwire.Size     `toml:"max_packet"`
	ProxyProtocolFrom     []string         `toml:"proxy_protocol_from"`
	DrainTimeout          askwire.Duration `toml:"drain_timeout"`
}

// Listener is one more address for clients, which announces the version of another backend. What it leaves out is as in Proxy.
type Listener struct {
	Listen     string `toml:"listen"`
	Announce   string `toml:"announce"`
	TLSCert    string `toml:"tls_cert"`
	TLSKey     string `toml:"tls_key"`
	RequireTLS bool   `toml:"require_tls"`
}

// Listeners are all addresses for clients, that of [proxy] first.
func (c *Config) Listeners() []Listener {
	p := &c.Proxy
	return append([]Listener{{p.Listen, p.Announce, p.TLSCert, p.TLSKey, p.RequireTLS}}, c.Listen...)
}

// Balancers are the addresses of ProxyProtocolFrom as ranges.
func (p *Proxy) Balancers() []netip.Prefix {
	var out []netip.Prefix
	for _, b := range p.ProxyProtocolFrom {
		if prefix, err := balancer(b); err == nil {
			out = append(out, prefix)
		}
	}
	return out
}

// balancer reads an address, or a range of them.
func balancer(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// Backend is one registered database server.
type Backend struct {
	Name        string           `toml:"name"`
	NameKo      string           `toml:"name_ko"`
	NameEn      string           `toml:"name_en"`
	Description string           `toml:"description"`
	DSN         askwire.Secret   `toml:"dsn"`
	DSNReplicas []askwire.Secret `toml:"dsn_replicas"` // servers with the same data, tried in this order when the one before is unreachable
	Pool        int              `toml:"pool"`
	Refresh     askwire.Duration `toml:"refresh"`
}

// DSNs are the backend's servers in the order in which they are tried, as secrets' texts.
func (b *Backend) DSNs() []string {
	out := []string{b.DSN.Reveal()}
	for _, r := range b.DSNReplicas {
		out = append(out, r.Reveal())
	}
	return out
}

// Catalog says where annotations are.
type Catalog struct {
	Dir string `toml:"dir"` // relative to the file's own folder
}

// Store is where records go.
type Store struct {
	DSN        askwire.Secret   `toml:"dsn"`
	Audit      string           `toml:"audit"`       // required | best_effort
	AuditPlain string           `toml:"audit_plain"` // all | denied | off
	Retain     askwire.Duration `toml:"retain"`
	Redact     []string         `toml:"redact"`
	SpoolDir   string           `toml:"spool_dir"` // relative to the file's own folder
	SpoolLimit askwire.Size     `toml:"spool_limit"`
}

// Model is one language model at one provider.
type Model struct {
	Name            string           `toml:"name"`
	Provider        string           `toml:"provider"` // openai | azure | offline
	BaseURL         string           `toml:"base_url"`
	APIKey          askwire.Secret   `toml:"api_key"`
	APIVersion      string           `toml:"api_version"` // Azure only; "" = the one that askwire was tested with
	Model           string           `toml:"model"`
	Timeout         askwire.Duration `toml:"timeout"`
	MaxTokensField  string           `toml:"max_tokens_field"` // auto | max_tokens | max_completion_tokens
	Temperature     Temperature      `toml:"temperature"`
	ReasoningEffort string           `toml:"reasoning_effort"`
	EmbeddingsModel string           `toml:"embeddings_model"`
	QueryPrefix     string           `toml:"embeddings_query_prefix"`
	PassagePrefix   string           `toml:"embeddings_passage_prefix"`
	CallsPerMinute  int              `toml:"calls_per_minute"`
	PromptTokens    int              `toml:"prompt_tokens"`
	TokenFactor     float64          `toml:"token_factor"` // 0 = by the model's name
	PricePerMTok    Price            `toml:"price_per_mtok"`
}

// Price is the price of a million tokens, in whatever currency the operator counts in.
type Price struct {
	Input  float64 `toml:"input"`
	Output float64 `toml:"output"`
}

// Temperature is "auto", "off" (not sent), or a number.
type Temperature struct {
	Auto  bool
	Off   bool
	Value float64
}

// String is the form of config.toml.
func (t Temperature) String() string {
	switch {
	case t.Auto:
		return "auto"
	case t.Off:
		return "off"
	default:
		return strconv.FormatFloat(t.Value, 'g', -1, 64)
	}
}

func (t *Temperature) fromTOML(v any) error {
	switch x := v.(type) {
	case string:
		*t = Temperature{Auto: x == "auto", Off: x == "off"}
		if t.Auto || t.Off {
			return nil
		}
	case float64:
		*t = Temperature{Value: x}
		return nil
	case int64:
		*t = Temperature{Value: float64(x)}
		return nil
	}
	return fmt.Errorf(`must be "auto", "off" or a number`)
}
