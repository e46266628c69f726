package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/eval"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/nl"
	"github.com/askwire/askwire/nl/openai"
)

// evalEmbeddings measures the search by words and meaning together, as ASK TABLES ranks where a model has embeddings.
type evalEmbeddings struct {
	url, model, vectors string
	query, passage      string // prefixes
}

// start embeds all tables, and returns the search. finish says that a question was not ranked by meaning: then the figures are not
// what they should be.
func (e *evalEmbeddings) start(ctx context.Context, io stdio, snap *askwire.Snapshot) (eval.Search, func(context.Context, []eval.Result) error, error) {
	model, err := openai.New(openai.Config{Name: "embeddings", Provider: "openai", BaseURL: e.url, APIKey: askwire.NewSecret(os.Getenv("OPENAI_API_KEY")),
		Model: e.model, EmbeddingsModel: e.model, Timeout: 2 * time.Minute})
	if err != nil {
		return nil, nil, err
	}
	watched := &watchedEmbedder{Model: model}
	vectors, err := openVectors(e.vectors)
	if err != nil {
		return nil, nil, err
	}
	asker, err := nl.New(nl.Config{Models: []nl.NamedModel{{Name: "embeddings", Model: watched, Timeout: 2 * time.Minute, QueryPrefix: e.query, PassagePrefix: e.passage}}, Search: nl.SearcherFunc(catalog.Search),
		Vectors: vectors, EmbedWait: 2 * time.Minute})
	if err != nil {
		return nil, nil, err
	}
	question := func(in *askwire.Snapshot, text string) *askwire.Question {
		return &askwire.Question{Text: text, Snapshot: in, Profile: &askwire.Profile{}, User: &askwire.User{}, TimeZone: time.UTC, Now: time.Now(), Progress: func(string) {}}
	}
	for n := 0; n < len(snap.Tables); {
		if n, err = asker.EmbedTables(ctx, question(snap, "")); err != nil {
			return nil, nil, errors.Join(err, vectors.err())
		}
		fmt.Fprintf(io.err, "%d tables have a vector\n", n)
	}
	search := func(in *askwire.Snapshot, text string, k int) []askwire.RankedTable {
		ranked, err := asker.Tables(ctx, question(in, text), guard.Gate{})
		watched.note(err)
		return ranked[:min(len(ranked), k)]
	}
	return search, func(context.Context, []eval.Result) error {
		model.Close()
		return errors.Join(watched.failed(), vectors.err())
	}, nil
}

// watchedEmbedder remembers the first failure, which the search passes over.
type watchedEmbedder struct {
	*openai.Model

	mu    sync.Mutex
	first error
}

func (w *watchedEmbedder) Embed(ctx context.Context, texts []string) (nl.Embeddings, error) {
	got, err := w.Model.Embed(ctx, texts)
	w.note(err)
	return got, err
}

func (w *watchedEmbedder) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.first == nil {
		w.first = err
	}
}

func (w *watchedEmbedder) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == nil {
		return nil
	}
	return fmt.Errorf("not every question was ranked by meaning: %w", w.first)
}

// vectorFile keeps vectors in a file, one a line; without a name, in memory.
type vectorFile struct {
	mu   sync.Mutex
	by   map[string][]float32
	file *os.File
	bad  error
}

type vectorLine struct {
	Key    string    `json:"key"`
	Vector []float32 `json:"vector"`
}

func openVectors(name string) (*vectorFile, error) {
	v := &vectorFile{by: make(map[string][]float32)}
	if name == "" {
		return v, nil
	}
	switch old, err := os.Open(name); {
	case err == nil:
		for d := json.NewDecoder(old); d.More(); {
			var l vectorLine
			if err := d.Decode(&l); err != nil {
				return nil, errors.Join(fmt.Errorf("%s: %w. Delete the file to make the vectors anew", name, err), old.Close())
			}
			v.by[l.Key] = l.Vector
		}
		if err := old.Close(); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	var err error
	v.file, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return v, err
}

func (v *vectorFile) Vector(_ context.Context, key string) []float32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.by[key]
}

func (v *vectorFile) KeepVector(key string, vector []float32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.by[key] = vector
	if v.file == nil {
		return
	}
	line, err := json.Marshal(vectorLine{key, vector})
	if err == nil {
		_, err = v.file.Write(append(line, '\n'))
	}
	v.bad = errors.Join(v.bad, err)
}

// err closes the file and says what could not be written.
func (v *vectorFile) err() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.file != nil {
		v.bad = errors.Join(v.bad, v.file.Close())
		v.file = nil
	}
	return v.bad
}
