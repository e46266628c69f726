// Package tokens counts what a text is worth to a language model, so that a prompt keeps within a budget that is known before
// the call.
//
// Count uses the vocabulary of OpenAI's models since GPT-4o (o200k_base), exactly. Factor says how many tokens another model
// makes of one of these; where that is not known, it errs on the safe side.
//
// It is the only door to the tokenizer, which holds its vocabulary in the program: no file, no network.
package tokens

import (
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"
)

// vocabulary takes some 40 ms to build and 6 MB to keep, so who never asks a model never has it.
var vocabulary = sync.OnceValue(codec.NewO200kBase)

// Count returns the number of tokens of a text. It is safe for concurrent use.
func Count(text string) int {
	n, err := vocabulary().Count(text)
	if err != nil {
		return len(text) // no token is shorter than a byte
	}
	return n
}

// exact are the models of this vocabulary, by how their names begin.
var exact = []string{"gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "gpt-oss", "chatgpt-4o", "o1", "o3", "o4"}

// otherModels covers the vocabularies that TestFactors knows, from 32,000 words (Mistral 7B: 1.49 on a Korean catalog) to 200,000.
const otherModels = 1.5

// Factor is how many tokens a provider's model makes of one of Count's.
func Factor(model string) float64 {
	name := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	for _, begins := range exact {
		if strings.HasPrefix(name, begins) {
			return 1
		}
	}
	return otherModels
}
