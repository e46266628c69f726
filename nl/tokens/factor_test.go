package tokens_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tiktoken-go/tokenizer/codec"

	"github.com/askwire/askwire/nl/tokens"
)

// TestFactors compares Count with what vocabularies of other models make of the same texts: a catalog and questions in Korean, and a
// whole prompt in both languages. Those that come with Python packages (llama-models 0.3.0 with tiktoken 0.14.0, mistral-common 1.13.1
// with sentencepiece 0.2.3) were counted once, in counts.json. Run it with -v for the figures.
func TestFactors(t *testing.T) {
	b, err := os.ReadFile("testdata/counts.json")
	if err != nil {
		t.Fatal(err)
	}
	var counts map[string]map[string]int
	if err := json.Unmarshal(b, &counts); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	const gpt4 = "GPT-4 (100,256)"
	counts[gpt4] = map[string]int{}
	ours := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		ours[name] = tokens.Count(string(text))
		if counts[gpt4][name], err = codec.NewCl100kBase().Count(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	for model, of := range counts {
		for text, n := range of {
			factor := float64(n) / float64(ours[text])
			t.Logf("%s: %s: %.2f", model, text, factor)
			if text != "questions_ko.txt" && factor > tokens.Factor("another model") { // nobody sends a prompt of questions alone
				t.Errorf("%s makes %.2f tokens of one of %s, more than %v", model, factor, text, tokens.Factor("another model"))
			}
		}
	}
	if len(counts) != 6 {
		t.Errorf("%d models", len(counts))
	}
}
