package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// recordedVectors are passages of a manual and questions about it, as a small real model embeds them.
func recordedVectors(t *testing.T) (passages []string, vectors map[string][]float64) {
	t.Helper()
	b, err := os.ReadFile("testdata/minilm.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Passages []string
		Vectors  map[string][]float64
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Passages, file.Vectors
}

// embeddingServer answers chat completions with the draft that the question's key has, and embeddings from what was recorded.
func embeddingServer(t *testing.T, drafts map[string]string, vectors map[string][]float64) (url string, calls *atomic.Int64) {
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
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "minilm", "usage": map[string]any{"prompt_tokens": 7, "total_tokens": 7}})
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", calls
}

// A manual is searched by meaning: none of these questions shares its words with the passage that answers it.
func TestVectors(t *testing.T) {
	for kind, c := range map[engine.Kind]struct{ column, vector, distance string }{
		engine.MariaDB11: {"VECTOR(384) NOT NULL, VECTOR INDEX (embedding)", "VEC_FromText('%s')", "VEC_DISTANCE_COSINE"},
		engine.TiDB:      {"VECTOR(384) NOT NULL", "VEC_FROM_TEXT('%s')", "VEC_COSINE_DISTANCE"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			e := enginetest.Get(t, kind)
			passages, vectors := recordedVectors(t)
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
			run("CREATE TABLE manual (id INT PRIMARY KEY, passage VARCHAR(500) NOT NULL, embedding " + c.column + ")")
			run("CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL)")
			for i, p := range passages {
				text, _ := json.Marshal(vectors[p])
				run(fmt.Sprintf("INSERT INTO manual VALUES (%d, '%s', "+c.vector+")", i, p, text))
			}
			search := func(text, distance string) string {
				return "SELECT m.passage FROM " + s.shop + ".manual m ORDER BY " + distance + "(m.embedding, EMBED('" + text + "')) LIMIT 1"
			}
			url, calls := embeddingServer(t, map[string]string{
				"송풍팬 교체하는 방법": search("how do I replace the fan", c.distance), "pairing": search("connect the remote", c.distance),
				"guarantee": search("what does the guarantee pay for", c.distance), "raw": "SELECT VEC_ToText(m.embedding) AS v FROM " + s.shop + ".manual m",
				"two texts": search("a', 'b", c.distance),
			}, vectors)
			s.write(siteBob)
			s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"\nembeddings_model = \"minilm\"")
			bob := s.serve().conn("bob", "pw")
			const off = " USING summary = 'off'"
			for question, want := range map[string]string{
				"송풍팬 교체하는 방법": "pull it out; put the new blower in", "pairing": "hold the pairing button", "guarantee": "The warranty covers",
			} {
				if got := printed(query(t, bob, "ASK '"+question+"'"+off)); !strings.Contains(got, want) {
					t.Errorf("%s: %s", question, got)
				}
			}
			if n := calls.Load(); n != 3 {
				t.Errorf("%d texts were embedded", n)
			}
			query(t, bob, "ASK 'guarantee'"+off)
			other := s.serve().conn("bob", "pw") // another proxy finds plan and vector in the store
			query(t, other, "ASK 'pairing'"+off)
			if n := calls.Load(); n != 3 {
				t.Errorf("%d texts were embedded", n)
			}
			if r := recorded(t, bob, "SELECT question FROM askwire.llm_log WHERE stage = 'embed' AND input_tokens = 7"); len(r.Rows) == 0 {
				t.Error("the embeddings are not in the log")
			}
			for question, want := range map[string]uint16{"raw": 50302, "two texts": 50302} {
				if n, message := number(t, bob, "ASK '"+question+"'"+off); n != want {
					t.Errorf("%s: error %d %s", question, n, message)
				}
			}
			if got := printed(query(t, bob, "ASK PROMPT 'pairing'")); !strings.Contains(got, c.distance+"(x.`embedding`, EMBED(") {
				t.Errorf("the prompt has no example: %s", got)
			}
		})
	}
}
