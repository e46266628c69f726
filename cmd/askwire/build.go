package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/nl"
	"github.com/askwire/askwire/nl/offline"
	"github.com/askwire/askwire/nl/openai"
	"github.com/askwire/askwire/nl/tokens"
	"github.com/askwire/askwire/proxy"
	"github.com/askwire/askwire/store"
)

// parts is everything that runs, in the order in which it is built; close undoes it backwards.
type parts struct {
	log  *zap.Logger
	slog *slog.Logger

	models    *modelWatch
	store     *store.Store
	directory *directory
	asker     *nl.Asker
	notes     *annotations
	doors     []door
	proxy     *proxy.Server
	admin     *admin
	serving   chan error  // what Serve returned
	up        atomic.Bool // clients are accepted; the fields above may be read from other goroutines then

	undo []func(context.Context) error
}

// build makes the parts. On an error what was built is closed again.
func build(ctx context.Context, cfg *config.Config, notes []catalog.Annotations, log *zap.Logger) (p *parts, err error) {
	p = &parts{log: log, slog: slogOf(log), models: &modelWatch{log: log}, serving: make(chan error, 1+len(cfg.Listen))}
	defer func() {
		if err != nil {
			closing, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			err = errors.Join(err, p.close(closing))
			stop()
			p = nil
		}
	}()
	// 1. The listeners first, because a taken port is the commonest failure and the cheapest to find. Nothing is accepted yet.
	if err = p.listen(cfg); err != nil {
		return p, err
	}
	if cfg.Proxy.AdminListen != "" {
		if p.admin, err = startAdmin(cfg.Proxy.AdminListen, p.notReady, p.metrics(), log); err != nil {
			return p, err
		}
		p.later(p.admin.close)
	}
	// 2. The store: what follows is recorded there.
	if p.store, err = store.Open(ctx, store.Options{
		DSN: cfg.Store.DSN.Reveal(), Audit: cfg.Store.Audit, AuditPlain: cfg.Store.AuditPlain, Retain: cfg.Store.Retain.Duration,
		Redact: cfg.Store.Redact, SpoolDir: cfg.Store.SpoolDir, SpoolLimit: int64(cfg.Store.SpoolLimit), Logger: p.slog,
	}); err != nil {
		return p, err
	}
	p.later(p.store.Close)
	// 3. The directory, with a catalog and a pool for each backend and for the store.
	if err = p.buildDirectory(ctx, cfg, notes); err != nil {
		return p, err
	}
	// 4. Models, and the asker over them.
	saved, problems := catalog.Questions(notes)
	if len(problems) > 0 {
		return p, errors.Join(problems...)
	}
	models, err := buildModels(cfg.Models)
	if err != nil {
		return p, err
	}
	p.models.Recorder = p.store
	if p.asker, err = nl.New(nl.Config{
		Models: models, Search: nl.SearcherFunc(catalog.Search), Record: p.models, Quota: p.store, Plans: p.store, Vectors: p.store,
		Explain: explainer{p.directory}, Saved: saved,
	}); err != nil {
		return p, err
	}
	p.store.Follow(store.Followers{
		Questions: func(stored []askwire.SavedQuestion) {
			for _, problem := range p.asker.SetStored(stored) {
				p.log.Warn("a saved question of the store cannot be used", zap.Error(problem))
			}
		},
		Annotations: p.notes.setStored,
		Drift:       p.asker.SetDrift,
		Uses:        p.asker.SetUses,
	})
	// 5. The proxy, which calls all of them.
	return p, p.buildProxy(cfg)
}

func (p *parts) later(f func(context.Context) error) { p.undo = append(p.undo, f) }

// close ends the parts backwards:
//
//  1. the proxy: sessions end first, gracefully while ctx lasts, because all else serves them;
//  2. pools, then catalogs: nothing asks the backends any more;
//  3. the store: the sessions' last records have been handed over by now and are written;
//  4. the admin listener last, so that health and metrics can be watched during all of it.
func (p *parts) close(ctx context.Context) error {
	var errs []error
	for _, f := range slices.Backward(p.undo) {
		errs = append(errs, f(ctx))
	}
	p.undo = nil
	return errors.Join(errs...)
}

func (p *parts) buildDirectory(ctx context.Context, cfg *config.Config, notes []catalog.Annotations) error {
	d := &directory{catalogs: map[string]*catalog.Catalog{}, ownRows: p.store.OwnRows(), allRows: p.store.AllRows()}
	d.catalogRows = map[*askwire.Profile]*askwire.Profile{d.ownRows: p.store.WithCatalog(d.ownRows), d.allRows: p.store.WithCatalog(d.allRows)}
	s, err := newState(cfg)
	if err != nil {
		return err
	}
	d.state.Store(s)
	d.pools.configure(cfg)
	d.policies.maskKey = cfg.Proxy.MaskKey.Reveal()
	d.policies.report = p.reportStale
	p.directory = d
	// The first server that answers is the one whose catalog is read from then on; without any it is the first of the list.
	open := func(o catalog.Options, dsns []string) (*catalog.Catalog, error) {
		version := uint64(0)
		o.Logger = p.slog
		o.OnRefresh = func(st catalog.Status) {
			if st.Version != version {
				version = st.Version
				d.changed()
			}
		}
		var c *catalog.Catalog
		for _, dsn := range dsns {
			o.DSN = dsn
			other, err := catalog.Open(ctx, o)
			switch {
			case err != nil:
				return c, err
			case c == nil:
				c = other
				p.later(func(context.Context) error { return c.Close() })
			case other.Snapshot() == nil:
				if err := other.Close(); err != nil {
					return c, err
				}
			default:
				unread := c
				c = other
				if err := unread.Close(); err != nil {
					return c, err
				}
			}
			if c.Snapshot() != nil {
				break
			}
		}
		return c, nil
	}
	for i := range cfg.Backends {
		b := &cfg.Backends[i]
		c, err := open(catalog.Options{
			Name: b.Name, Refresh: b.Refresh.Duration, Annotations: withBackend(b, notes),
			Sample: func(c askwire.ColumnRef) bool { return d.mayRead(b.Name, c) }, OnDrift: p.keepDrift,
		}, b.DSNs())
		if err != nil {
			return fmt.Errorf("backend %q: %w", b.Name, err)
		}
		d.catalogs[b.Name] = c
		for _, problem := range c.Status().Problems {
			p.log.Warn("an annotation does not fit the database", zap.String("backend", b.Name), zap.Error(problem))
		}
	}
	p.notes = &annotations{log: p.log, store: p.store, catalogs: d.catalogs, backends: cfg.Backends, files: notes}
	if d.storeCatalog, err = open(catalog.Options{
		Name: storeName, Refresh: time.Minute, Schemas: []string{p.store.Schema()},
	}, []string{cfg.Store.DSN.Reveal()}); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	p.reportProfiles(cfg)
	p.watchStore(ctx)
	p.later(d.pools.close)
	return nil
}

// reportStale logs what is wrong with a profile; its users are told only which rule is.
func (p *parts) reportStale(profile *askwire.Profile, nothing bool, cause error) {
	what := "a profile does not fit the database; the tables of these rules are denied"
	if nothing {
		what = "a profile does not fit the database; it allows nothing"
	}
	p.log.Error(what, zap.String("profile", profile.Name), zap.NamedError("problems", cause))
}

// reportProfiles logs how profiles can be better.
func (p *parts) reportProfiles(cfg *config.Config) {
	for i := range cfg.Profiles {
		prof := &cfg.Profiles[i]
		snap := p.directory.catalogs[prof.Backend].Snapshot()
		if snap == nil {
			continue
		}
		policy, err := p.directory.policies.of(prof, snap)
		if err != nil {
			continue // logged by reportStale
		}
		for _, w := range policy.Warnings() {
			p.log.Warn("a profile can be better", zap.String("profile", prof.Name), zap.String("warning", w.Error()))
		}
	}
}

// storePatience is how long the start waits for a store that does not answer. One that answers, and makes its tables or migrates them,
// is waited for.
const storePatience = 3 * time.Second

// watchStore has the store's catalog read once the store has made its tables: now, or later where its server cannot be reached.
func (p *parts) watchStore(ctx context.Context) {
	interrupted := ctx.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if p.store.Ready(ctx) != nil {
			return // stopped before it was up
		}
		if err := p.directory.storeCatalog.RefreshNow(ctx); err != nil {
			p.log.Warn("the history's tables could not be read; they will be in the background", zap.Error(err))
		}
		close(ready)
	}()
	p.later(func(context.Context) error {
		cancel()
		<-done
		return nil
	})
	for told := false; ; {
		select {
		case <-ready:
			return
		case <-interrupted:
			return
		case <-time.After(storePatience):
		}
		switch st := p.store.Status(); {
		case !st.Ready && !st.Making:
			p.log.Warn("the store is not available yet; records wait in the spool", zap.Error(st.Err))
			return
		case !told:
			p.log.Info("waiting for the store, which makes or migrates its tables")
			told = true
		}
	}
}

// withBackend makes the names that the configuration gives a backend part of its glossary, so that a question which says them
// finds it.
func withBackend(b *config.Backend, notes []catalog.Annotations) []catalog.Annotations {
	names := slices.DeleteFunc([]string{b.NameKo, b.NameEn, b.Name}, func(s string) bool { return s == "" })
	meaning := b.Description
	if meaning == "" && (b.NameKo != "" || b.NameEn != "") {
		meaning = "this database server"
	}
	if meaning == "" {
		return notes
	}
	own := catalog.Annotations{File: b.Name, Backend: b.Name, Terms: []catalog.TermAnnotation{{Name: names[0], Synonyms: names[1:], Meaning: meaning}}}
	return append(slices.Clone(notes), own)
}

func buildModels(models []config.Model) ([]nl.NamedModel, error) {
	var out []nl.NamedModel
	var errs []error
	for i := range models {
		m := &models[i]
		named := nl.NamedModel{
			Name: m.Name, Timeout: m.Timeout.Duration, PromptTokens: m.PromptTokens, TokenFactor: cmp.Or(m.TokenFactor, tokens.Factor(m.Model)),
			QueryPrefix: m.QueryPrefix, PassagePrefix: m.PassagePrefix,
		}
		if m.Provider == "offline" {
			named.Model = offline.New()
		} else {
			model, err := openai.New(openai.Config{
				Name: m.Name, Provider: m.Provider, BaseURL: m.BaseURL, APIVersion: m.APIVersion, APIKey: m.APIKey, Model: m.Model,
				Timeout: m.Timeout.Duration, MaxTokensField: m.MaxTokensField, Temperature: m.Temperature.String(),
				ReasoningEffort: m.ReasoningEffort, EmbeddingsModel: m.EmbeddingsModel, CallsPerMinute: m.CallsPerMinute, Price: openai.Price(m.PricePerMTok),
			})
			if err != nil {
				errs = append(errs, err)
				continue
			}
			named.Model = model
		}
		out = append(out, named)
	}
	return out, errors.Join(errs...)
}

func (p *parts) buildProxy(cfg *config.Config) error {
	users, err := p.directory.state.Load().credentials()
	if err != nil {
		return err
	}
	if err := p.greet(cfg); err != nil {
		return err
	}
	p.doors[0].handshaker.SetUsers(users)
	if p.proxy, err = proxy.New(proxy.Config{
		Handshaker: p.doors[0].handshaker, Directory: p.directory, Asker: p.asker, Recorder: p.store, Curator: p.asker, Library: p.store, Annotator: p.notes, Log: p.slog, Settings: settings(cfg),
		Outdated: func(backend string) {
			if c := p.directory.catalogs[backend]; c != nil {
				c.Hurry()
			}
		},
	}); err != nil {
		return err
	}
	p.later(func(ctx context.Context) error {
		err := p.proxy.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			p.log.Warn("the drain timeout ended; open statements were cancelled")
			err = nil
		}
		return err
	})
	return nil
}

func settings(cfg *config.Config) proxy.Settings {
	return proxy.Settings{
		AskWord: cfg.Proxy.AskWord, MaxSessions: cfg.Proxy.MaxSessions, MaxSessionsPerUser: cfg.Proxy.MaxSessionsPerUser,
		MaxSessionsPerAddress: cfg.Proxy.MaxSessionsPerAddress, AuditRequired: cfg.Store.Audit == store.Required, AuditPlain: cfg.Store.AuditPlain,
		Balancers: cfg.Proxy.Balancers(), MaxPacket: int(cfg.Proxy.MaxPacket),
	}
}

// notReady names what keeps the proxy from answering questions.
func (p *parts) notReady() map[string]string {
	out := map[string]string{}
	if !p.up.Load() {
		out["proxy"] = "starting or stopping"
		return out
	}
	for name, c := range p.directory.catalogs {
		if st := c.Status(); !st.Ready {
			out["backend "+name] = "not reached since the start"
		}
	}
	if st := p.store.Status(); !st.Ready && p.directory.state.Load().config.Store.Audit == store.Required {
		out["store"] = "not available, and audit = \"required\""
	}
	return out
}
