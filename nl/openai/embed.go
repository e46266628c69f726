package openai

import (
	"context"
	"fmt"

	goopenai "github.com/sashabaranov/go-openai"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/nl"
)

var _ nl.Embedder = (*Model)(nil)

// maxDimensions bounds what is read as a vector; the largest models in use give 4,096.
const maxDimensions = 16_000

// EmbeddingsModel is the name of embeddings_model, or "".
func (m *Model) EmbeddingsModel() string { return m.cfg.EmbeddingsModel }

// Embed turns texts into vectors of one length, in their order. It retries as Complete does.
func (m *Model) Embed(ctx context.Context, texts []string) (nl.Embeddings, error) {
	return persist(ctx, m, func(ctx context.Context, _ shape) (nl.Embeddings, *failure) { return m.embedOnce(ctx, texts) },
		func(*failure, shape) bool { return false })
}

func (m *Model) embedOnce(ctx context.Context, texts []string) (nl.Embeddings, *failure) {
	ex := &exchange{}
	resp, err := m.client.CreateEmbeddings(withExchange(ctx, ex), goopenai.EmbeddingRequestStrings{Input: texts, Model: goopenai.EmbeddingModel(m.cfg.EmbeddingsModel)})
	if f := m.failed(ex, err); f != nil {
		return nl.Embeddings{}, f
	}
	out := nl.Embeddings{Vectors: make([][]float32, len(texts)), Tokens: askwire.Tokens{Input: int64(resp.Usage.PromptTokens)}}
	for _, e := range resp.Data {
		if e.Index < 0 || e.Index >= len(texts) || out.Vectors[e.Index] != nil || len(e.Embedding) == 0 || len(e.Embedding) > maxDimensions {
			return out, &failure{err: m.unavailable(fmt.Errorf("embedding %d of %d texts has %d numbers", e.Index, len(texts), len(e.Embedding)), "answered with other vectors than were asked for", again)}
		}
		out.Vectors[e.Index] = e.Embedding
	}
	for i, v := range out.Vectors {
		if len(v) != len(out.Vectors[0]) || v == nil {
			return out, &failure{err: m.unavailable(fmt.Errorf("text %d of %d has no vector, or one of another length: %s", i, len(texts), ex.excerpt()), "answered without an answer", again), retry: true}
		}
	}
	if out.Tokens.Input == 0 {
		for _, t := range texts {
			out.Tokens.Input += int64(len(t)/3 + 1)
		}
	}
	out.Cost = float64(out.Tokens.Input) * m.cfg.Price.Input / 1e6
	return out, nil
}
