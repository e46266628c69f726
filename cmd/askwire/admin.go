package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// admin serves health and metrics over HTTP, without a password: it belongs on loopback.
type admin struct {
	http     *http.Server
	listener net.Listener
	done     chan struct{}
}

// readiness names what keeps the proxy from answering; empty = nothing does.
type readiness func() map[string]string

func startAdmin(addr string, ready readiness, metrics []prometheus.Collector, log *zap.Logger) (*admin, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("proxy.admin_listen: %w. Choose another address, or \"\" for none", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(metrics...)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		// The process runs and serves HTTP: what a supervisor restarts for. Whether it can answer is /readyz's question.
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // a prober that left needs no answer
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		reasons := ready()
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if len(reasons) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(reasons) == 0, "reasons": reasons}) // as above
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	if a, ok := l.Addr().(*net.TCPAddr); ok && a.IP.IsLoopback() { // profiles say more than a stranger should know
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	a := &admin{
		http:     &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10},
		listener: l, done: make(chan struct{}),
	}
	go func() {
		defer close(a.done)
		if err := a.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the admin listener ended", zap.Error(err))
		}
	}()
	return a, nil
}

func (a *admin) addr() net.Addr { return a.listener.Addr() }

func (a *admin) close(ctx context.Context) error {
	err := a.http.Shutdown(ctx)
	<-a.done
	return err
}
