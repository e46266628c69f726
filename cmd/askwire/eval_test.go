package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askwire/askwire/eval"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// evaluate runs `askwire eval` and reads the report that it writes as JSON.
func evaluate(t *testing.T, args ...string) (r eval.Report, text string) {
	t.Helper()
	var out, log bytes.Buffer
	if code := run(t.Context(), append([]string{"eval", "--json", "-"}, args...), stdio{strings.NewReader(""), &out, &log}); code != 0 {
		t.Fatalf("exit code %d: %s", code, log.String())
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r, log.String()
}

// TestEvalKorean holds the search on the two Korean sets, all in one catalog of 358 tables. They were committed before the search
// was ever measured on them, and it must not be tuned on them.
func TestEvalKorean(t *testing.T) {
	catalogs := "../../catalog/testdata/samples.json,../../eval/sets/enterprise_ko_catalog.json"
	for _, c := range []struct {
		set       string
		questions int
		least     float64 // F@10
	}{{"samples_ko", 62, 0.95}, {"enterprise_ko", 126, 0.97}} {
		t.Run(c.set, func(t *testing.T) {
			r, text := evaluate(t, "--mode", "retrieval", "--catalog", catalogs, "../../eval/sets/"+c.set+".json")
			s := r.Subjects[0]
			if s.Questions != c.questions || s.F[1].K != 10 || s.F[1].Share < c.least {
				t.Errorf("F@10 below %.2f of %d questions: %+v", c.least, c.questions, s)
			}
			if !strings.Contains(text, "358 tables in one catalog") || !strings.Contains(text, "F@10") {
				t.Errorf("%s", text)
			}
		})
	}
}

// TestEvalEmbeddings ranks by words and meaning together, keeps the vectors in a file, and gives no figures when a question was not
// ranked by meaning.
func TestEvalEmbeddings(t *testing.T) {
	var texts atomic.Int64
	var down atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || down.Load() {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var data []any
		for i, text := range request.Input {
			texts.Add(1)
			v := []float64{0, 2}
			if strings.Contains(text, "wages") || strings.Contains(text, "payroll") {
				v = []float64{2, 0}
			}
			data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "m", "usage": map[string]any{"prompt_tokens": 1, "total_tokens": 1}})
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var tables []string
	for i := range 30 {
		tables = append(tables, fmt.Sprintf(`{"db": "d", "name": "t%d", "columns": [{"name": "c"}]}`, i))
	}
	tables = append(tables, `{"db": "d", "name": "payroll", "columns": [{"name": "c"}]}`)
	catalogs := file("catalog.json", "["+strings.Join(tables, ",")+"]")
	questions := file("q.json", `[{"id": "1", "question": "who has the highest wages?", "tables": ["d.payroll"]}]`)
	args := []string{"--mode", "retrieval", "--catalog", catalogs, "--embeddings", server.URL + "/v1", "--embeddings-model", "m", "--vectors", filepath.Join(dir, "vectors"), questions}
	for n, want := range []int64{32, 32} { // the second time, all vectors are in the file
		r, _ := evaluate(t, args...)
		if s := r.Subjects[0]; len(s.F) == 0 || s.F[0].Share != 1 || texts.Load() != want {
			t.Errorf("run %d: %+v, %d texts", n, s, texts.Load())
		}
	}
	if r, _ := evaluate(t, "--mode", "retrieval", "--catalog", catalogs, questions); r.Subjects[0].F[0].Share != 0 {
		t.Errorf("words alone find it: %+v", r.Subjects[0])
	}
	down.Store(true)
	other := file("other.json", `[{"id": "1", "question": "wages again", "tables": ["d.payroll"]}]`)
	var out, log bytes.Buffer
	if code := run(t.Context(), append([]string{"eval"}, append(args[:len(args)-1:len(args)-1], other)...), stdio{strings.NewReader(""), &out, &log}); code != 1 ||
		!strings.Contains(log.String(), "not every question was ranked by meaning") || strings.Contains(out.String(), "F@") {
		t.Errorf("code %d: %s%s", code, out.String(), log.String())
	}
}

func TestEvalUsage(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "wrong.csv")
	if err := os.WriteFile(wrong, []byte("question,statement\nhow many?,SELECT 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--mode", "retrieval", wrong}, 2, "--mode retrieval needs --catalog"},
		{[]string{"--mode", "recorded", wrong}, 2, "--mode recorded needs --databases"},
		{[]string{"--mode", "guess", wrong}, 2, "--mode must be live, recorded or retrieval"},
		{[]string{"--embeddings", "http://127.0.0.1:1/v1", wrong}, 2, "--embeddings is of --mode retrieval"},
		{[]string{"--k", "0", wrong}, 2, "--k must be numbers above 0"},
		{[]string{wrong}, 1, `question 1: the column "statement" is not known. Columns are id, db, question, evidence, sql, tables`},
		{[]string{"nowhere.json"}, 1, "no such file"},
	} {
		var out, log bytes.Buffer
		if code := run(t.Context(), append([]string{"eval"}, c.args...), stdio{strings.NewReader(""), &out, &log}); code != c.code || !strings.Contains(log.String(), c.want) {
			t.Errorf("%q: code %d, %s, want %d, %s", c.args, code, log.String(), c.code, c.want)
		}
	}
}

const evalCase = `{"id": "1", "answers": {
 "right":    "SELECT COUNT(*) FROM orders",
 "fenced":   "Here it is:\n` + "```sql\\nSELECT COUNT(order\\\\_id) FROM orders;\\n```" + `",
 "wrong":    "SELECT 7",
 "error":    "SELECT nothing FROM orders",
 "write":    "DELETE FROM orders",
 "prose":    "I do not know.",
 "columns":  "SELECT 1, 2",
 "empty":    "SELECT order_id FROM orders WHERE order_id < 0"},
 "instances": [
  [["c", "CREATE TABLE \"orders\" (\"order_id\" INTEGER, \"note\" TEXT)"], ["i", "INSERT INTO \"orders\" VALUES (?,?)", [[1, "TEXT"], [2, null]]]],
  [["c", "CREATE TABLE \"orders\" (\"order_id\" INTEGER, \"note\" TEXT)"], ["i", "INSERT INTO \"orders\" VALUES (?,?)", [[1, "a"]]]]]}
{"id": "2", "answers": {"right": "SELECT 1"}, "instances": [[["c", "CREATE TABLE \"a\" (\"b\" REAL)"]]]}
{"id": "3", "answers": {"right": "SELECT 1"}, "instances": [[["c", "CREATE TABLE \"a\" (\"b\" REAL)"]]]}
`

// TestEvalRecorded sends recorded texts down the real road, on a real engine.
func TestEvalRecorded(t *testing.T) {
	enginetest.Get(t, engine.MariaDB) // fails when it is missing, and says what to install
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := file("cases.jsonl", strings.ReplaceAll(evalCase, "\n ", " ")) // a line for each question
	questions := file("q.json", `[{"id": "1", "question": "How many orders?", "sql": "SELECT COUNT(*) FROM orders"},
 {"id": "2", "question": "gold fails", "sql": "SELECT c FROM a"}, {"id": "3", "question": "gold is empty", "sql": "SELECT b FROM a"}]`)
	state, page := filepath.Join(dir, "state"), filepath.Join(dir, "r.html")
	r, text := evaluate(t, "--mode", "recorded", "--databases", cases, "--state", state, "--html", page, questions)
	got := map[string]eval.Reason{}
	for _, x := range r.Results {
		got[x.ID+" "+x.Subject] = x.Reason
	}
	for name, want := range map[string]eval.Reason{
		"1 right": eval.OK, "1 right" + eval.Raw: eval.OK,
		"1 fenced": eval.OK, "1 fenced" + eval.Raw: eval.Failed,
		"1 wrong": eval.WrongRows, "1 wrong" + eval.Raw: eval.WrongRows,
		"1 error": eval.Refused, "1 error" + eval.Raw: eval.Failed,
		"1 write": eval.Refused, "1 write" + eval.Raw: eval.Failed, // the account of the texts as they are can only read
		"1 prose": eval.NoSQL, "1 prose" + eval.Raw: eval.Failed,
		"1 columns": eval.WrongColumns, "1 empty": eval.Empty,
		"2 right": eval.GoldFailed, "3 right": eval.GoldEmpty,
	} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	if len(r.Lost) != 0 {
		t.Errorf("lost %+v", r.Lost)
	}
	if b, err := os.ReadFile(page); err != nil || !strings.Contains(string(b), "Execution accuracy") {
		t.Errorf("the page: %v", err)
	}
	if !strings.Contains(text, "right, as it is") {
		t.Errorf("%s", text)
	}
	t.Run("Resumes", func(t *testing.T) {
		_, text := evaluate(t, "--mode", "recorded", "--databases", cases, "--state", state, questions)
		if !strings.Contains(text, "3 questions are measured already") {
			t.Errorf("%s", text)
		}
	})
	t.Run("OtherRun", func(t *testing.T) {
		var out, log bytes.Buffer
		args := []string{"eval", "--mode", "recorded", "--databases", cases, "--state", state, "--models", "right", questions}
		if code := run(t.Context(), args, stdio{strings.NewReader(""), &out, &log}); code != 1 || !strings.Contains(log.String(), "belongs to a run with other files or settings") {
			t.Errorf("code %d: %s", code, log.String())
		}
	})
	t.Run("AnswersFile", func(t *testing.T) {
		answers := file("answers.json", `{"new": {"1": "select count(*) from orders"}}`)
		one := file("one.json", `[{"id": "1", "question": "How many orders?", "sql": "SELECT COUNT(*) FROM orders"}]`)
		r, _ := evaluate(t, "--mode", "recorded", "--databases", cases, "--answers", answers, one)
		if len(r.Subjects) != 2 || r.Subjects[1].Name != "new" || r.Subjects[1].Right != 1 {
			t.Errorf("%+v", r.Subjects)
		}
	})
}

// TestEvalLive measures the demo over its own port, with a model server that answers at once.
func TestEvalLive(t *testing.T) {
	enginetest.Get(t, engine.MariaDB)
	model := httptest.NewServer(&fakeModel{})
	t.Cleanup(model.Close)
	p := start(t, []string{"OPENAI_BASE_URL=" + model.URL, "OPENAI_API_KEY=x", "TMPDIR=" + t.TempDir()},
		"demo", "--listen", "127.0.0.1:0", "--backend", "mariadb", "--scale", "0.02")
	t.Setenv("ASKWIRE_PASSWORD", "demo")
	file := filepath.Join(t.TempDir(), "live.csv")
	if err := os.WriteFile(file, []byte(`id,db,question,sql,tables
verified,hr,부서별 직원 수,"SELECT d.name, d.name_en, COUNT(*) FROM departments d JOIN employees e ON e.department_id = d.id WHERE e.left_on IS NULL GROUP BY d.id",hr.employees;hr.departments
refused,hr,please break in now,SELECT 1,
gold,hr,whatever,SELECT nothing FROM employees,
model,hr,into how many units is the staff organised?,SELECT COUNT(*) FROM departments,
tables,,고객 등급별 고객 수,,ecommerce.customers
`), 0o600); err != nil {
		t.Fatal(err)
	}
	r, text := evaluate(t, "--addr", p.addr, file)
	want := map[string]eval.Reason{"verified": eval.OK, "refused": eval.NoSQL, "gold": eval.GoldFailed, "tables": eval.OK, "model": eval.OK}
	for _, x := range r.Results {
		if x.Reason != want[x.ID] {
			t.Errorf("%s: %s (%s), want %s", x.ID, x.Reason, x.Detail, want[x.ID])
		}
		if x.ID == "tables" && (x.Ran || x.Rank == 0) {
			t.Errorf("%+v", x)
		}
	}
	for _, x := range r.Results {
		if x.ID == "model" && (x.Input != 100 || x.Output != 20 || x.Calls != 1 || x.Seconds <= 0) {
			t.Errorf("what the model call took: %+v", x)
		}
	}
	if len(r.Results) != 5 {
		t.Errorf("%s", text)
	}
}
