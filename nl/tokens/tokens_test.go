package tokens_test

import (
	"testing"

	"github.com/askwire/askwire/nl/tokens"
)

// TestCount pins the vocabulary, and that a special token in a text is only text.
func TestCount(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "hello world": 2, "SELECT COUNT(*) FROM shop.orders o": 7, "지난달 매출이 가장 높은 상품 10개": 11, "<|endoftext|>": 7,
	} {
		if got := tokens.Count(text); got != want {
			t.Errorf("%q has %d tokens, want %d", text, got, want)
		}
	}
}

func TestFactor(t *testing.T) {
	for model, want := range map[string]float64{"gpt-4.1-mini": 1, "openai/GPT-5": 1, "o3-mini": 1, "gpt-4": 1.5, "qwen3:8b": 1.5, "": 1.5} {
		if got := tokens.Factor(model); got != want {
			t.Errorf("%s: %v, want %v", model, got, want)
		}
	}
}
