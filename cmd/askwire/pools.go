package main

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// storeName is the store among the pools and catalogs; a [[backend]] cannot have a name with a blank.
const storeName = "askwire store"

// storePool bounds the connections for statements that people write about the history.
const storePool = 8

// pools makes the connection pool of a backend when it is first wanted: what every new connection is set to depends on the
// server's family, and that is not known before the server was reached once.
type pools struct {
	dsns map[string][]string
	size map[string]int

	mu     sync.Mutex
	made   map[string]*wire.Pool
	closed bool
}

func (p *pools) configure(cfg *config.Config) {
	p.dsns, p.size, p.made = map[string][]string{}, map[string]int{}, map[string]*wire.Pool{}
	for i := range cfg.Backends {
		b := &cfg.Backends[i]
		p.dsns[b.Name], p.size[b.Name] = b.DSNs(), b.Pool
	}
	p.dsns[storeName], p.size[storeName] = []string{cfg.Store.DSN.Reveal()}, storePool
}

func (p *pools) of(name string, family askwire.Family) (*wire.Pool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pool, ok := p.made[name]; ok {
		return pool, nil
	}
	if p.closed {
		return nil, askwire.Errorf(askwire.ShuttingDown, "The proxy is shutting down.").WithHint("Connect again.")
	}
	b := wire.BackendConfig{Name: name}
	for i, dsn := range p.dsns[name] {
		e, err := catalog.ParseDSN(dsn)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			b.User, b.Password, b.Database, b.DialTimeout, b.TLS = e.User, e.Password, e.DB, e.Timeout, backendTLS(e.TLS)
		}
		b.Addresses = append(b.Addresses, wire.Address{Network: e.Network, Addr: e.Addr})
	}
	pool, err := wire.NewPool(wire.PoolConfig{Backend: b, Size: p.size[name], Init: guard.ControlInit(family)})
	if err == nil {
		p.made[name] = pool
	}
	return pool, err
}

// each calls fn for every pool that was made, in the order of names.
func (p *pools) each(fn func(name string, pool *wire.Pool)) {
	p.mu.Lock()
	made := maps.Clone(p.made)
	p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(made)) {
		fn(name, made[name])
	}
}

func (p *pools) close(context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	var errs []error
	p.each(func(_ string, pool *wire.Pool) { errs = append(errs, pool.Close()) })
	return errors.Join(errs...)
}

// backendTLS is how a DSN's tls= is spoken.
func backendTLS(mode string) *tls.Config {
	switch mode {
	case "true":
		return &tls.Config{MinVersion: tls.VersionTLS12}
	case "skip-verify":
		return &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} // asked for by name in the DSN
	default:
		return nil
	}
}
