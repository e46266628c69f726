package main

import (
	"context"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/askwire/askwire"
)

type calls []*askwire.ModelCall

func (c *calls) ModelCall(_ context.Context, call *askwire.ModelCall) { *c = append(*c, call) }

func TestModelWatch(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	var kept calls
	w := &modelWatch{Recorder: &kept, log: zap.New(core)}
	w.ModelCall(t.Context(), &askwire.ModelCall{QueryID: "q1", Model: "default"})
	w.ModelCall(t.Context(), &askwire.ModelCall{QueryID: "q2", Model: "default", Question: "secret question", Error: "401 for 'secret question'"})
	if len(kept) != 2 || w.calls.Load() != 2 || w.failed.Load() != 1 {
		t.Errorf("%d kept, %d calls, %d failed", len(kept), w.calls.Load(), w.failed.Load())
	}
	entries := logs.All()
	if len(entries) != 1 || entries[0].ContextMap()["query_id"] != "q2" {
		t.Fatalf("log: %v", entries)
	}
	for k, v := range entries[0].ContextMap() {
		if v == "secret question" || v == "401 for 'secret question'" {
			t.Errorf("the log's %s repeats the question", k)
		}
	}
}
