package nl

import (
	"crypto/sha256"
	"math"
	"time"

	"github.com/askwire/askwire/nl/tokens"
)

// Budgets in tokens, as nl/tokens counts them.
const (
	defaultPrompt = 16000 // a whole prompt; a model's own budget may be another
	wholeScope    = 5000  // the whole scope is sent when it is shorter
	linkedBudget  = 8000  // of the linked tables otherwise
	leastSchema   = 1000  // examples go before the schema becomes shorter than this
	tokensOfForm  = 20    // what the provider adds for the roles of two messages, and the tags around the schema
)

// promptTokens is what the model takes of a prompt, in tokens as they are counted here.
func (m NamedModel) promptTokens() int {
	n := m.PromptTokens
	if n == 0 {
		n = defaultPrompt
	}
	return int(float64(n) / m.tokenFactor())
}

// tokens is a count in the model's own tokens.
func (m NamedModel) tokens(n int) int { return int(math.Round(float64(n) * m.tokenFactor())) }

func (m NamedModel) tokenFactor() float64 {
	if m.TokenFactor == 0 {
		return 1
	}
	return m.TokenFactor
}

// counts remembers the tokens of texts that come again, such as the tables of a catalog: counting costs 0.1 ms for each 1,000
// characters.
type counts struct{ known *lru[int] }

func (c counts) of(text string) int {
	key := cacheKey(sha256.Sum256([]byte(text)))
	if n, ok := c.known.get(key, time.Time{}); ok {
		return n
	}
	n := tokens.Count(text)
	c.known.put(key, n, time.Time{})
	return n
}
