package nl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// meaner is a Model whose vectors are given by words of the text.
type meaner struct {
	*script
	calls    [][]string
	failFrom int // the call from which on all fail; 0 = none
}

func (m *meaner) EmbeddingsModel() string { return "tiny" }

func (m *meaner) Embed(_ context.Context, texts []string) (Embeddings, error) {
	m.calls = append(m.calls, texts)
	if m.failFrom > 0 && len(m.calls) >= m.failFrom {
		return Embeddings{}, errors.New("down")
	}
	var out Embeddings
	for _, t := range texts {
		v := []float32{0, 1}
		if strings.Contains(t, "customers") || strings.Contains(t, "people who buy") {
			v = []float32{1, 0}
		}
		out.Vectors = append(out.Vectors, v)
	}
	return out, nil
}

func TestRanked(t *testing.T) {
	gate := shopGate(t)
	nothing := SearcherFunc(func(*askwire.Snapshot, string, int) []askwire.RankedTable { return nil })
	ids := func(list []askwire.RankedTable) string {
		var out []string
		for _, r := range list {
			out = append(out, r.Table.Name)
		}
		return strings.Join(out, " ")
	}
	t.Run("WordsAlone", func(t *testing.T) {
		a := newAsker(t, &script{}, func(c *Config) { c.Saved = nil })
		got, err := a.Tables(context.Background(), asked(t, gate, "zzz"), gate)
		if err != nil || got[0].Score != 1 || got[0].Reason != "test" {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("VerifiedQuestions", func(t *testing.T) {
		a := newAsker(t, &script{})
		q := asked(t, gate, "top products by revenue of the city")
		near := a.near(q, gate)
		if len(near) == 0 {
			t.Fatal("no verified question is near")
		}
		got, err := a.Tables(context.Background(), q, gate)
		if err != nil || !strings.Contains(got[0].Reason, "test; verified question: "+near[0].name) || got[0].Score <= got[len(got)-1].Score {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("Meaning", func(t *testing.T) {
		m := &meaner{script: &script{}}
		a := newAsker(t, m, func(c *Config) { c.Saved, c.Search = nil, nothing })
		for range 2 {
			got, err := a.Tables(context.Background(), asked(t, gate, "people who buy"), gate)
			if err != nil || !strings.HasPrefix(ids(got), "customers ") || got[0].Reason != "meaning" {
				t.Errorf("%s %v", ids(got), err)
			}
		}
		if len(m.calls) != 2 || len(m.calls[1]) != len(gate.Policy.Scope().Tables) {
			t.Errorf("embedded %q", m.calls)
		}
		if strings.Contains(strings.Join(m.calls[1], " "), "phone") {
			t.Error("a denied column was sent")
		}
	})
	t.Run("Prefixes", func(t *testing.T) {
		m := &meaner{script: &script{}}
		a := newAsker(t, m, func(c *Config) {
			c.Saved, c.Search = nil, nothing
			c.Models[0].QueryPrefix, c.Models[0].PassagePrefix = "query: ", "passage: "
		})
		got, err := a.Tables(context.Background(), asked(t, gate, "people who buy"), gate)
		if err != nil || !strings.HasPrefix(ids(got), "customers ") || len(m.calls) != 2 || m.calls[0][0] != "query: people who buy" {
			t.Fatalf("%s, %q, %v", ids(got), m.calls, err)
		}
		for _, text := range m.calls[1] {
			if !strings.HasPrefix(text, "passage: ") || strings.HasPrefix(text, "passage: passage: ") {
				t.Errorf("a table was sent as %q", text)
			}
		}
	})
	t.Run("WhatIsMadeStays", func(t *testing.T) {
		snap := askwire.Snapshot{}
		for i := range 3 * embedFirst {
			snap.Tables = append(snap.Tables, &askwire.Table{DB: "d", Name: fmt.Sprint("t", i)})
		}
		m := &meaner{script: &script{}, failFrom: 2}
		a := newAsker(t, m, func(c *Config) { c.Saved = nil })
		q := question(t, "x")
		q.Snapshot = askwire.NewSnapshot(snap)
		if n, err := a.EmbedTables(context.Background(), q); n != embedFirst || askwire.CodeOf(err) != askwire.ModelUnavailable {
			t.Errorf("%d tables, %v", n, err)
		}
		m.failFrom = 0
		if n, err := a.EmbedTables(context.Background(), q); n != len(snap.Tables) || err != nil || len(m.calls) != 4 {
			t.Errorf("%d tables after %d calls, %v", n, len(m.calls), err)
		}
	})
	t.Run("MeaningFails", func(t *testing.T) {
		m := &meaner{script: &script{}, failFrom: 1}
		a := newAsker(t, m, func(c *Config) { c.Saved = nil })
		got, err := a.Tables(context.Background(), asked(t, gate, "people who buy"), gate)
		if err != nil || got[0].Reason != "test" {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("SmallScopeNeedsNoVectors", func(t *testing.T) {
		m := &meaner{script: &script{texts: []string{sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o")}}}
		a := newAsker(t, m, func(c *Config) { c.Saved = nil })
		if _, _, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate); err != nil || len(m.calls) != 0 {
			t.Errorf("%q %v", m.calls, err)
		}
	})
	t.Run("Fuse", func(t *testing.T) {
		x, y, z := &askwire.Table{Name: "x"}, &askwire.Table{Name: "y"}, &askwire.Table{Name: "z"}
		got := fuse(voice{[]askwire.RankedTable{{Table: x, Reason: "a"}, {Table: y, Reason: "b"}}, 1},
			voice{[]askwire.RankedTable{{Table: z, Reason: "c"}, {Table: y, Reason: "d"}}, 0.5})
		if ids(got) != "y x z" || got[0].Reason != "b; d" {
			t.Errorf("%s %+v", ids(got), got)
		}
	})
}
