package main

import (
	"encoding/json"
	"net/http"
)

// complete is what a model server of the tests answers: text, in OpenAI's form.
func complete(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // the client is the program under test: it will complain itself
		"id": "x", "object": "chat.completion", "model": "test",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": text}}},
		"usage":   map[string]any{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
	})
}

// drafted is a draft as models send it. assumed is in all of its texts.
func drafted(sql, assumed string) string {
	assumptions := []string{}
	if assumed != "" {
		assumptions = append(assumptions, assumed)
	}
	b, _ := json.Marshal(map[string]any{"sql": sql, "explanation": assumed, "tables": []string{}, "assumptions": assumptions, "cannot_answer": ""})
	return string(b)
}
