package main

import (
	"context"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/nl"
)

// modelWatch counts and logs what becomes of model calls on their way to the history: a refused key must not show in the
// askers' errors alone. The log has no texts: a server's error may repeat the question.
type modelWatch struct {
	nl.Recorder
	log           *zap.Logger
	calls, failed atomic.Int64
}

func (w *modelWatch) ModelCall(ctx context.Context, c *askwire.ModelCall) {
	w.calls.Add(1)
	if c.Error != "" {
		w.failed.Add(1)
		w.log.Warn("a model call failed; askwire.llm_log has the reason", zap.String("model", c.Model), zap.String("stage", string(c.Stage)),
			zap.String("query_id", c.QueryID), zap.Duration("after", c.Duration))
	}
	w.Recorder.ModelCall(ctx, c)
}

func (w *modelWatch) metrics() []prometheus.Collector {
	count := func(name, help string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "askwire_" + name, Help: help}, func() float64 { return float64(n.Load()) })
	}
	return []prometheus.Collector{
		count("model_calls_total", "calls of models", &w.calls),
		count("model_call_errors_total", "of them, those that failed; askwire.llm_log says why", &w.failed),
	}
}
