//go:build clients_bi

package bi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// model stands in for an OpenAI-compatible server: it answers the questions of this file, and counts how often each is asked.
type model struct {
	*httptest.Server
	mu     sync.Mutex
	drafts map[string]int // by question
	others []string       // prompts that hold none of the questions
}

// answers are the drafts for the questions of the charts. None of them is a saved question of the samples.
var answers = map[string]string{
	"주문 경로별 매출을 보여줘":                           "SELECT channel, SUM(amount) AS revenue FROM ecommerce.orders GROUP BY channel",
	"Orders by delivery city, all time":        "SELECT city_en AS city, COUNT(*) AS orders FROM ecommerce.orders GROUP BY city_en",
	"주문 상태별 건수를 알려줘":                           "SELECT status, COUNT(*) AS orders FROM ecommerce.orders GROUP BY status",
	"Revenue by payment method, all time":      "SELECT payment_method, SUM(amount) AS revenue FROM ecommerce.orders GROUP BY payment_method",
	"등급별 고객 수는 몇 명이야?":                         "SELECT grade, COUNT(*) AS customers FROM ecommerce.customers GROUP BY grade",
	"How many products does each brand offer?": "SELECT brand, COUNT(*) AS products FROM ecommerce.products GROUP BY brand",
}

func newModel(t *testing.T) *model {
	t.Helper()
	m := &model{drafts: map[string]int{}}
	for i := range panels {
		answers[panelQuestion(i)] = fmt.Sprintf("SELECT city, COUNT(*) AS orders FROM ecommerce.orders WHERE id > %d GROUP BY city", i)
	}
	m.Server = httptest.NewServer(http.HandlerFunc(m.answer))
	t.Cleanup(m.Close)
	return m
}

func (m *model) answer(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Messages []struct{ Role, Content string } `json:"messages"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Messages) == 0 {
		http.Error(w, `{"error":{"message":"not a chat completion"}}`, http.StatusBadRequest)
		return
	}
	prompt := request.Messages[len(request.Messages)-1].Content
	// The longest one that the prompt holds: "question 1" is a part of "question 12".
	question := ""
	for q := range answers {
		if strings.Contains(prompt, q) && len(q) > len(question) {
			question = q
		}
	}
	m.mu.Lock()
	if question == "" {
		m.others = append(m.others, prompt)
	} else {
		m.drafts[question]++
	}
	m.mu.Unlock()
	if question == "" {
		http.Error(w, `{"error":{"message":"not one of this run's questions"}}`, http.StatusBadRequest)
		return
	}
	draft, _ := json.Marshal(map[string]any{"sql": answers[question]})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": "bi", "object": "chat.completion", "model": "bi",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]string{"role": "assistant", "content": string(draft)}}},
		"usage":   map[string]int{"prompt_tokens": len(prompt) / 4, "completion_tokens": 40, "total_tokens": len(prompt)/4 + 40},
	})
}

// calls returns how often each question was drafted.
func (m *model) calls() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.drafts)
}

// strangers returns the prompts that were about none of the questions.
func (m *model) strangers() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.others)
}

// panels is the number of questions of the dashboard that opens them all at once.
const panels = 20

func panelQuestion(i int) string {
	return fmt.Sprintf("도시별 주문 건수, 패널 번호 P%02d", i+1)
}
