package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// metrics are read from the parts when somebody scrapes; nothing is counted twice. Names and meanings: docs/operations.md.
func (p *parts) metrics() []prometheus.Collector { return append(p.models.metrics(), &collector{p}) }

type collector struct{ parts *parts }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("askwire_"+name, help, labels, nil)
}

var (
	upDesc = desc("up", "1 while clients are accepted")

	backendReady   = desc("backend_ready", "1 when the backend's catalog was read since the start", "backend")
	backendTables  = desc("backend_tables", "tables in the catalog", "backend")
	backendRead    = desc("backend_catalog_age_seconds", "since the catalog was last read without an error", "backend")
	backendFailing = desc("backend_catalog_failing", "1 when the last reading of the catalog failed", "backend")
	poolOpen       = desc("pool_connections_open", "connections to the backend, in use or not", "backend")
	poolIdle       = desc("pool_connections_idle", "connections to the backend that nobody uses", "backend")
	poolWaiting    = desc("pool_waiting", "sessions that wait for a connection", "backend")
	poolSize       = desc("pool_size", "connections at most", "backend")

	cacheHits   = desc("verdict_cache_hits_total", "statements whose form the guard had admitted before")
	cacheMisses = desc("verdict_cache_misses_total", "statements that the guard read in full, admitted or denied")

	storeReady    = desc("store_ready", "1 when the store takes records")
	storeQueued   = desc("store_records_queued", "records that wait to be written")
	storeSpooled  = desc("store_spool_bytes", "records in the spool, while the store is down")
	storeReplayed = desc("store_records_replayed_total", "records written late, from the spool")
	storeRejected = desc("store_records_rejected_total", "records that the store's server refused; they are kept in rejected.jsonl")
	storeLost     = desc("store_records_lost_total", "records that neither the server nor the spool took")
)

// Describe sends nothing: the set of backends changes with the configuration, so the collector is unchecked.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

func (c *collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	p := c.parts
	if !p.up.Load() {
		gauge(upDesc, 0)
		return
	}
	gauge(upDesc, 1)
	for name, cat := range p.directory.catalogs {
		st := cat.Status()
		gauge(backendReady, truth(st.Ready), name)
		gauge(backendTables, float64(st.Tables), name)
		gauge(backendFailing, truth(st.Err != nil), name)
		if !st.LastSuccess.IsZero() {
			gauge(backendRead, time.Since(st.LastSuccess).Seconds(), name)
		}
	}
	p.directory.pools.each(func(name string, pool *wire.Pool) {
		st := pool.Stats()
		gauge(poolOpen, float64(st.Open), name)
		gauge(poolIdle, float64(st.Idle), name)
		gauge(poolWaiting, float64(st.Waiting), name)
		gauge(poolSize, float64(st.Size), name)
	})
	hits, misses := guard.CacheStats()
	count(cacheHits, int64(hits))     //nolint:gosec // a count of statements
	count(cacheMisses, int64(misses)) //nolint:gosec // a count of statements
	st := p.store.Status()
	gauge(storeReady, truth(st.Ready))
	gauge(storeQueued, float64(st.Queued))
	gauge(storeSpooled, float64(st.Spooled))
	count(storeReplayed, st.Replayed)
	count(storeRejected, st.Rejected)
	count(storeLost, st.Lost)
	for _, m := range proxyMetrics {
		value, kind := m.read(p.proxy.Stats())
		out <- prometheus.MustNewConstMetric(m.desc, kind, value)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
