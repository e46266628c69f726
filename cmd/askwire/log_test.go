package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/askwire/askwire/cmd/askwire/config"
)

// Rooms log through slog; what they say arrives in zap's JSON with groups as dotted names.
func TestSlogToZap(t *testing.T) {
	var b bytes.Buffer
	log := newLogger(&b, config.Log{Level: "info", Format: "auto"})
	s := slogOf(log).With("backend", "main").WithGroup("pool")
	s.Debug("not shown")
	s.Warn("slow", "open", 3, "took", 2*time.Second, slog.Group("last", "err", "gone"))
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, b.String())
	}
	delete(got, "time")
	want := map[string]any{"level": "warn", "msg": "slow", "backend": "main", "pool.open": 3.0, "pool.took": "2s", "pool.last.err": "gone"}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s = %v, want %v", k, got[k], v)
		}
	}
	if newLogger(&b, config.Log{Level: "error", Format: "console"}).Core().Enabled(zapLevel(slog.LevelWarn)) {
		t.Error("the level is not honoured")
	}
}
