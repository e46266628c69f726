package nl

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askwire/askwire"
)

// seer is a Model that embeds.
type seer struct {
	*script
	vectors atomic.Pointer[[]float32]
	err     error
	texts   []string
}

func (s *seer) EmbeddingsModel() string { return "tiny" }

func (s *seer) Embed(_ context.Context, texts []string) (Embeddings, error) {
	s.texts = append(s.texts, texts...)
	if s.err != nil {
		return Embeddings{}, s.err
	}
	return Embeddings{Vectors: [][]float32{*s.vectors.Load()}, Tokens: askwire.Tokens{Input: 3}, Cost: 0.25}, nil
}

func TestWithVectors(t *testing.T) {
	for _, c := range []struct {
		name, sql, want string // want = the SQL, or the start of the error
		family          askwire.Family
		vector          []float32
	}{
		{"MariaDB", "SELECT 1 FROM t ORDER BY VEC_DISTANCE_COSINE(t.v, embed ( 'it''s' ) )", "SELECT 1 FROM t ORDER BY VEC_DISTANCE_COSINE(t.v, VEC_FromText('[0.5,-1e-09]') )", askwire.MariaDB, []float32{0.5, -1e-9}},
		{"TiDB", "SELECT EMBED('a'), EMBED('a')", "SELECT VEC_FROM_TEXT('[1]'), VEC_FROM_TEXT('[1]')", askwire.TiDB, []float32{1}},
		{"NoCall", "SELECT t.embed, 'EMBED(''a'')', `embed` FROM t embed", "SELECT t.embed, 'EMBED(''a'')', `embed` FROM t embed", askwire.MariaDB, nil},
		{"Column", "SELECT EMBED(t.name) FROM t", "EMBED takes one text", askwire.MariaDB, nil},
		{"TwoTexts", "SELECT EMBED('a', 'b') FROM t", "EMBED takes one text", askwire.MariaDB, nil},
		{"Unclosed", "SELECT EMBED('a'", "EMBED takes one text", askwire.MariaDB, nil},
		{"NoVectorsThere", "SELECT EMBED('a') FROM t", "EMBED is not available: this database", askwire.MySQL, nil},
		{"NotANumber", "SELECT EMBED('a') FROM t", "The model \"default\" gave no usable vector", askwire.MariaDB, []float32{1, float32(math.NaN())}},
		{"Empty", "SELECT EMBED('a') FROM t", "The model \"default\" gave no usable vector", askwire.MariaDB, []float32{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &seer{script: &script{}}
			m.vectors.Store(&c.vector)
			calls := &log{}
			a := newAsker(t, m, func(c *Config) { c.Record = calls })
			q := question(t, "anything")
			snap := *q.Snapshot
			snap.Server.Family, snap.Server.Vectors = c.family, c.family != askwire.MySQL
			q.Snapshot = askwire.NewSnapshot(snap)
			got, err := a.withVectors(context.Background(), q, a.models["default"], c.sql)
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, c.want) || err == nil && got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if c.name == "MariaDB" && (len(calls.calls) != 1 || calls.calls[0].Stage != askwire.StageEmbed || calls.calls[0].Prompt != "### user\nit's" || calls.calls[0].Tokens.Input != 3 || calls.calls[0].Cost != 0.25) {
				t.Errorf("recorded %+v", calls.calls)
			}
			if c.name == "TiDB" && len(m.texts) != 1 {
				t.Errorf("%q was embedded", m.texts)
			}
		})
	}
	t.Run("NoEmbeddings", func(t *testing.T) {
		a := newAsker(t, &script{})
		q := question(t, "anything")
		snap := *q.Snapshot
		snap.Server.Family, snap.Server.Vectors = askwire.MariaDB, true
		q.Snapshot = askwire.NewSnapshot(snap)
		if _, err := a.withVectors(context.Background(), q, a.models["default"], "SELECT EMBED('a')"); askwire.CodeOf(err) != askwire.FunctionDenied {
			t.Error(err)
		}
	})
	t.Run("ProviderDown", func(t *testing.T) {
		m := &seer{script: &script{}, err: errors.New("down")}
		a := newAsker(t, m)
		q := question(t, "anything")
		snap := *q.Snapshot
		snap.Server.Family, snap.Server.Vectors = askwire.MariaDB, true
		q.Snapshot = askwire.NewSnapshot(snap)
		if _, err := a.withVectors(context.Background(), q, a.models["default"], "SELECT EMBED('a')"); askwire.CodeOf(err) != askwire.ModelUnavailable {
			t.Error(err)
		}
	})
}
