package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askwire/askwire/generators"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// embeddingServer answers chat completions with the draft that the question's key has, and embeddings from what was recorded.
func embeddingServer(t *testing.T, drafts map[string]string, vectors map[string][]float32) (url string, calls *atomic.Int64) {
	chat, _ := scriptedModel(t, drafts)
	calls = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/embeddings") {
			resp, err := http.Post(chat+strings.TrimPrefix(r.URL.Path, "/v1"), "application/json", r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			defer resp.Body.Close()
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.Copy(w, resp.Body)
			return
		}
		calls.Add(1)
		var request struct{ Input []string }
		_ = json.NewDecoder(r.Body).Decode(&request)
		var data []any
		for i, text := range request.Input {
			v, ok := vectors[text]
			if !ok {
				t.Errorf("no vector was recorded for %q", text)
			}
			data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "e5", "usage": map[string]any{"prompt_tokens": 7, "total_tokens": 7}})
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", calls
}

// Manuals are searched by meaning, with what a small real model made of them and of the questions.
func TestVectors(t *testing.T) {
	for kind, c := range map[engine.Kind]struct{ column, vector, distance, prefix string }{
		engine.MariaDB11: {"VECTOR(384) NOT NULL, VECTOR INDEX (embedding)", "VEC_FromText('%s')", "VEC_DISTANCE_COSINE", "query: "},
		engine.TiDB:      {"VECTOR(384) NOT NULL", "VEC_FROM_TEXT('%s')", "VEC_COSINE_DISTANCE", ""},
	} {
		t.Run(string(kind), func(t *testing.T) {
			e := enginetest.Get(t, kind)
			manuals := generators.Manuals()
			vectors := map[string][]float32{}
			for _, q := range manuals.Questions {
				vectors[c.prefix+q.Text] = q.Vector
			}
			s := newSite(t, e.DSN)
			e.Database(t, "askwire")
			s.shop = e.NewDatabase(t)
			db := e.Open(t, s.shop)
			run := func(q string) {
				t.Helper()
				if _, err := db.ExecContext(t.Context(), q); err != nil {
					t.Fatalf("%.200s: %v", q, err)
				}
			}
			run("CREATE TABLE manual (id INT PRIMARY KEY, embedding " + c.column + ")")
			run("CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL)")
			for i, v := range manuals.Chunks {
				text, _ := json.Marshal(v)
				run(fmt.Sprintf("INSERT INTO manual VALUES (%d, "+c.vector+")", i+1, text))
			}
			search := func(text, distance string) string {
				return "SELECT m.id FROM " + s.shop + ".manual m ORDER BY " + distance + "(m.embedding, EMBED('" + text + "')) LIMIT 1"
			}
			drafts := map[string]string{"raw": "SELECT VEC_ToText(m.embedding) AS v FROM " + s.shop + ".manual m", "two texts": search("a', 'b", c.distance)}
			for _, q := range manuals.Questions {
				drafts[q.Text] = search(q.Text, c.distance)
			}
			url, calls := embeddingServer(t, drafts, vectors)
			s.write(siteBob)
			s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"\nembeddings_model = \"e5\"\nembeddings_query_prefix = \""+c.prefix+"\"")
			bob := s.serve().conn("bob", "pw")
			const off = " USING summary = 'off'"
			for _, q := range manuals.Questions {
				if got := printed(query(t, bob, "ASK '"+q.Text+"'"+off)); got != fmt.Sprintf("id\n%d\n", q.Chunk) {
					t.Errorf("%s: %s, want chunk %d", q.Text, got, q.Chunk)
				}
			}
			query(t, bob, "ASK '송풍팬 교체하는 방법'"+off)
			store, kept := e.DB(t), 0 // they are written behind the answers
			for deadline := time.Now().Add(patience); kept < len(manuals.Questions) && time.Now().Before(deadline); {
				if err := store.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM askwire.vectors").Scan(&kept); err != nil {
					t.Fatal(err)
				}
			}
			if n := calls.Load(); n != int64(len(manuals.Questions)) {
				t.Errorf("%d texts were embedded", n)
			}
			var before int64
			for range 5 { // another proxy finds plan and vector in the store, which has half a second for each
				before = calls.Load()
				query(t, s.serve().conn("bob", "pw"), "ASK '송풍팬 교체하는 방법'"+off)
				if calls.Load() == before {
					break
				}
			}
			if calls.Load() != before {
				t.Error("no other proxy finds the vector in the store")
			}
			if r := recorded(t, bob, "SELECT question FROM askwire.llm_log WHERE stage = 'embed' AND input_tokens = 7"); len(r.Rows) == 0 {
				t.Error("the embeddings are not in the log")
			}
			for question, want := range map[string]uint16{"raw": 50302, "two texts": 50302} {
				if n, message := number(t, bob, "ASK '"+question+"'"+off); n != want {
					t.Errorf("%s: error %d %s", question, n, message)
				}
			}
			if got := printed(query(t, bob, "ASK PROMPT 'fans'")); !strings.Contains(got, c.distance+"(x.`embedding`, EMBED(") {
				t.Errorf("the prompt has no example: %s", got)
			}
		})
	}
}
