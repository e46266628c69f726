package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/store"
)

// annotations brings what the files and the store say about the databases together. A file wins: what the store says
// otherwise is left out and logged, and cannot be written in the first place.
type annotations struct {
	log      *zap.Logger
	store    *store.Store
	catalogs map[string]*catalog.Catalog

	mu       sync.Mutex
	backends []config.Backend
	files    []catalog.Annotations
	stored   []askwire.Annotation
}

// setFiles replaces what the files say.
func (a *annotations) setFiles(backends []config.Backend, files []catalog.Annotations) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.backends, a.files = backends, files
	a.publish()
}

// setStored replaces what the store says.
func (a *annotations) setStored(stored []askwire.Annotation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(stored) == 0 && len(a.stored) == 0 {
		return
	}
	a.stored = stored
	a.publish()
}

func (a *annotations) publish() {
	for i := range a.backends {
		b := &a.backends[i]
		for _, problem := range a.catalogs[b.Name].Annotate(a.of(b, a.stored)) {
			a.log.Warn("an annotation does not fit the database, or contradicts another", zap.String("backend", b.Name), zap.Error(problem))
		}
	}
}

// of is all that is said about a backend, the files first.
func (a *annotations) of(b *config.Backend, stored []askwire.Annotation) []catalog.Annotations {
	return append(slices.Clone(withBackend(b, a.files)), catalog.FromStore(stored)...)
}

// Annotate carries out an edit of the store's annotations, unless it makes a problem that was not there.
func (a *annotations) Annotate(ctx context.Context, by string, e *askwire.AnnotationEdit) (int64, error) {
	return a.store.Annotate(ctx, by, e, a.check)
}

func (a *annotations) check(next []askwire.Annotation) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if name := a.unknownBackend(next); name != "" {
		return askwire.Errorf(askwire.WrongValue, "There is no backend %q here.", name).
			WithHint("Leave it empty for every backend, or name one of: %s.", strings.Join(slices.Sorted(maps.Keys(a.catalogs)), ", "))
	}
	for i := range a.backends {
		b := &a.backends[i]
		c := a.catalogs[b.Name]
		known := make(map[string]bool)
		for _, p := range c.Problems(a.of(b, a.stored)) {
			known[p.Error()] = true
		}
		for _, p := range c.Problems(a.of(b, next)) {
			var e *askwire.Error
			if !known[p.Error()] && errors.As(p, &e) {
				return e
			}
		}
	}
	return nil
}

// unknownBackend is a backend that the new list names and that nobody has: another proxy of the store may have those that stand there.
func (a *annotations) unknownBackend(next []askwire.Annotation) string {
	for i := range next {
		name := next[i].Backend
		if name != "" && a.catalogs[name] == nil && !slices.ContainsFunc(a.stored, func(s askwire.Annotation) bool { return s.Backend == name }) {
			return name
		}
	}
	return ""
}

// keepDrift records what a refresh found, and says so in the log.
func (p *parts) keepDrift(found []askwire.Drift) {
	d := found[0]
	p.log.Info("the database has changed", zap.String("backend", d.Backend), zap.Int("changes", len(found)),
		zap.String("first", d.Kind+" "+d.Database+"."+d.Table+" "+d.Column))
	if err := p.store.KeepDrift(context.Background(), found); err != nil {
		p.log.Warn("what changed in the database is in no askwire.drift", zap.Any("changes", found), zap.Error(err))
	}
}
