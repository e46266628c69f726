package main

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/askwire/askwire/proxy"
)

type proxyMetric struct {
	desc *prometheus.Desc
	read func(*proxy.Stats) (float64, prometheus.ValueType)
}

var proxyMetrics = []proxyMetric{
	gaugeOf("sessions", "client sessions open", func(s *proxy.Stats) *atomic.Int64 { return &s.Sessions }),
	gaugeOf("sessions_busy", "sessions that run a statement", func(s *proxy.Stats) *atomic.Int64 { return &s.Busy }),
	countOf("sessions_total", "client sessions since the start", func(s *proxy.Stats) *atomic.Int64 { return &s.SessionsTotal }),
	countOf("logins_failed_total", "logins refused: wrong password, unknown user, no policy", func(s *proxy.Stats) *atomic.Int64 { return &s.LoginsFailed }),
	countOf("sessions_denied_total", "sessions refused by a limit on their number", func(s *proxy.Stats) *atomic.Int64 { return &s.SessionsDenied }),
	countOf("statements_total", "statements of every kind", func(s *proxy.Stats) *atomic.Int64 { return &s.Statements }),
	countOf("plain_total", "statements of plain SQL", func(s *proxy.Stats) *atomic.Int64 { return &s.Plain }),
	countOf("asks_total", "questions", func(s *proxy.Stats) *atomic.Int64 { return &s.Asks }),
	countOf("ask_errors_total", "questions that ended in an error", func(s *proxy.Stats) *atomic.Int64 { return &s.AskErrors }),
	countOf("decoys_used_total", "answers of a model that named a decoy: somebody is after more than an answer", func(s *proxy.Stats) *atomic.Int64 { return &s.Decoys }),
	secondsOf("ask_seconds_total", "time spent on questions", func(s *proxy.Stats) *atomic.Int64 { return &s.AskNanos }),
	secondsOf("plan_seconds_total", "of it, until there was a checked statement", func(s *proxy.Stats) *atomic.Int64 { return &s.PlanNanos }),
	countOf("denied_total", "statements refused by the guard or the proxy", func(s *proxy.Stats) *atomic.Int64 { return &s.Denied }),
	countOf("errors_total", "errors sent to clients, for any reason", func(s *proxy.Stats) *atomic.Int64 { return &s.Errors }),
	countOf("cancelled_total", "statements ended by KILL, a closed client or a time limit", func(s *proxy.Stats) *atomic.Int64 { return &s.Cancelled }),
	countOf("rows_total", "rows sent to clients", func(s *proxy.Stats) *atomic.Int64 { return &s.Rows }),
	countOf("bytes_total", "bytes sent to clients", func(s *proxy.Stats) *atomic.Int64 { return &s.BytesOut }),
	countOf("summaries_total", "summaries delivered", func(s *proxy.Stats) *atomic.Int64 { return &s.Summaries }),
	countOf("summaries_late_total", "results that went on without their summary", func(s *proxy.Stats) *atomic.Int64 { return &s.SummariesLate }),
	countOf("panics_total", "sessions that ended by a defect of askwire; the log has the stack", func(s *proxy.Stats) *atomic.Int64 { return &s.Panics }),
}

type counter func(*proxy.Stats) *atomic.Int64

func gaugeOf(name, help string, of counter) proxyMetric {
	return proxyMetric{desc(name, help), func(s *proxy.Stats) (float64, prometheus.ValueType) {
		return float64(of(s).Load()), prometheus.GaugeValue
	}}
}

func countOf(name, help string, of counter) proxyMetric {
	return proxyMetric{desc(name, help), func(s *proxy.Stats) (float64, prometheus.ValueType) {
		return float64(of(s).Load()), prometheus.CounterValue
	}}
}

func secondsOf(name, help string, of counter) proxyMetric {
	return proxyMetric{desc(name, help), func(s *proxy.Stats) (float64, prometheus.ValueType) {
		return time.Duration(of(s).Load()).Seconds(), prometheus.CounterValue
	}}
}
