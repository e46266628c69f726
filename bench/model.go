package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// benchModel is a model with one question that it never answers, to which it says when the caller has left.
type benchModel struct {
	*httptest.Server
	waiting chan struct{}
	left    chan time.Time
}

// serveModel is a model that answers at once, so that what is measured is askwire. It knows the questions of this bench.
func serveModel() *benchModel {
	m := &benchModel{waiting: make(chan struct{}, 1), left: make(chan time.Time, 1)}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			Messages []struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || len(req.Messages) == 0 {
			http.Error(w, `{"error":{"message":"bad request"}}`, http.StatusBadRequest)
			return
		}
		if strings.Contains(req.Messages[len(req.Messages)-1].Content, "no answer to this") {
			m.waiting <- struct{}{}
			<-r.Context().Done()
			m.left <- time.Now()
			return
		}
		last := req.Messages[len(req.Messages)-1].Content
		sql := ""
		switch {
		case strings.Contains(last, "every row of big"):
			sql = "SELECT id, a, b, c, d, e, f FROM bench.big"
		case strings.Contains(last, "a thousand rows"):
			sql = thousandSQL
		case strings.Contains(last, "points of k :pa"):
			sql = "SELECT id, k, c, phone FROM bench.points WHERE k = :pa"
		case strings.Contains(last, "point 4711"):
			sql = pointSQL + "4711"
		}
		for i := range panels {
			if strings.Contains(last, panelQuestion(i)) {
				sql = panelSQL(i)
			}
		}
		content := "The result is shown."
		system := req.Messages[0].Content
		if strings.Contains(system, "cannot_answer") {
			b, _ := json.Marshal(map[string]any{"sql": sql, "tables": []string{}, "assumptions": []string{}, "cannot_answer": ""})
			content = string(b)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": "bench", "object": "chat.completion", "model": "bench",
			"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content}}},
			"usage":   map[string]any{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
		})
	}))
	return m
}
