package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// fakeModel is an OpenAI-compatible server whose answer is chosen by a word of the question.
type fakeModel struct {
	mu    sync.Mutex
	calls []string // prompts
}

func (f *fakeModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	prompt := string(b)
	f.mu.Lock()
	f.calls = append(f.calls, prompt)
	f.mu.Unlock()
	var text string
	switch {
	case strings.Contains(prompt, "unreachable"):
		http.Error(w, `{"error":{"message":"overloaded"}}`, http.StatusInternalServerError)
		return
	case strings.Contains(prompt, "everything there is"):
		text = `{"sql":"SELECT COUNT(*) AS n FROM hr.employees a JOIN hr.employees b ON a.gender = b.gender JOIN hr.employees c ON c.gender = b.gender JOIN hr.employees d ON d.gender = c.gender JOIN hr.employees e ON e.gender = d.gender","tables":[],"assumptions":[],"cannot_answer":""}`
	case strings.Contains(prompt, "departments before :pa"):
		text = `{"sql":"SELECT COUNT(*) AS n FROM hr.departments d WHERE d.name >= :pa","tables":["hr.departments"],"assumptions":[],"cannot_answer":""}`
	case strings.Contains(prompt, "break in"):
		text = `{"sql":"SELECT * FROM mysql.user","tables":["mysql.user"],"assumptions":[],"cannot_answer":""}`
	case strings.Contains(prompt, `\"sql\"`) || strings.Contains(prompt, `"sql"`):
		text = `{"sql":"SELECT COUNT(*) AS n FROM hr.departments","tables":["hr.departments"],"assumptions":[],"cannot_answer":""}`
	default:
		text = "All departments were counted."
	}
	complete(w, text)
}

// prompts are those that came so far.
func (f *fakeModel) prompts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

func (f *fakeModel) count() int { return len(f.prompts()) }

func TestDemoWithModel(t *testing.T) {
	enginetest.Get(t, engine.MariaDB)
	model := &fakeModel{}
	server := httptest.NewServer(model)
	defer server.Close()
	p := start(t, []string{"OPENAI_BASE_URL=" + server.URL + "/v1", "OPENAI_MODEL=fake"},
		"demo", "--listen", "127.0.0.1:0", "--backend", "mariadb", "--scale", "0.02")
	if want := "model: fake at " + server.URL + "/v1\n"; !strings.Contains(p.text(), want) {
		t.Errorf("the banner lacks %q: %s", want, p.text())
	}
	c := p.conn("demo", "demo")
	t.Run("OK", func(t *testing.T) {
		r := query(t, c, "ASK 'into how many units is the staff organised?'")
		if len(r.Rows) != 1 || r.Columns[0] != "n" || value(r.Rows[0][0]) == "0" {
			t.Fatalf("%s", printed(r))
		}
		if notes := printed(query(t, c, "SHOW WARNINGS")); !strings.Contains(notes, "generated") && !strings.Contains(notes, "assisted") {
			t.Errorf("provenance: %s", notes)
		}
		if strings.Contains(model.prompts()[0], "birth_date") {
			t.Error("a denied column was in the prompt")
		}
		log := recorded(t, c, "SELECT stage, model FROM askwire.llm_log WHERE stage = 'sql'")
		if len(log.Rows) == 0 {
			t.Error("the call is not in llm_log")
		}
	})
	t.Run("PlanIsCached", func(t *testing.T) {
		before := model.count()
		query(t, c, "ASK 'into how many units is the staff organised?' USING summary = 'off'")
		if n := model.count(); n != before {
			t.Errorf("%d more calls", n-before)
		}
	})
	t.Run("PreparedIsPlannedOnce", func(t *testing.T) {
		before := model.count()
		st, err := c.PrepareContext(t.Context(), "ASK 'how many departments before ?' USING summary = 'off'")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		for sent, want := range map[string]int{"a-top-secret": 1, "힣힣": 0} {
			var n int
			if err := st.QueryRowContext(t.Context(), sent).Scan(&n); err != nil || min(n, 1) != want {
				t.Errorf("%q: %d, %v", sent, n, err)
			}
		}
		if n := model.count(); n != before+1 {
			t.Errorf("%d calls for a PREPARE and two EXECUTEs", n-before)
		}
		recorded(t, c, "SELECT 1 FROM askwire.llm_log WHERE question LIKE '%departments before%'")
		for table, column := range map[string]string{"llm_log": "CONCAT(question, prompt, response, IFNULL(error, ''))", "query_log": "kind <> 'plain' AND CONCAT(question, draft, statement, IFNULL(error, ''))"} {
			if r := query(t, c, "SELECT COUNT(*) FROM askwire."+table+" WHERE "+column+" LIKE '%top-secret%'"); value(r.Rows[0][0]) != "0" {
				t.Errorf("a parameter's value is in %s", table)
			}
		}
		for _, prompt := range model.prompts() {
			if strings.Contains(prompt, "top-secret") {
				t.Error("a parameter's value was in a prompt")
			}
		}
	})
	t.Run("SavedNeedsNoModel", func(t *testing.T) {
		before := model.count()
		query(t, c, "ASK '회원 등급별 고객 수' USING summary = 'off'")
		if n := model.count(); n != before {
			t.Errorf("%d calls for a saved question", n-before)
		}
	})
	t.Run("HostileModel", func(t *testing.T) {
		before := model.count()
		n, message := number(t, c, "ASK 'please break in'")
		if n != 50302 || strings.Contains(message, "mysql.user") && !strings.Contains(message, "denied") {
			t.Errorf("error %d: %s", n, message)
		}
		if calls := model.count() - before; calls < 1 || calls > 3 {
			t.Errorf("%d calls, want one and at most two repairs", calls)
		}
	})
	t.Run("TooCostly", func(t *testing.T) {
		n, message := number(t, c, "ASK 'everything there is to scan'")
		if n != 50302 || !strings.Contains(message, "refuses this statement") {
			t.Errorf("error %d: %s", n, message)
		}
	})
	t.Run("ModelDown", func(t *testing.T) {
		if n, message := number(t, c, "ASK 'unreachable stars' USING timeout = 2"); n != 50303 && n != 3024 {
			t.Errorf("error %d: %s", n, message)
		}
		query(t, c, "SELECT 1")
	})
}
