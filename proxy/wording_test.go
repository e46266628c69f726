package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

func TestCheckLanguage(t *testing.T) {
	for code, hint := range map[string]string{
		"question": "", "ko": "", "EN": "", "pt-BR": "", "zh-Hant": "", "fil": "",
		"kr": "Did you mean ko?", "jp": "Did you mean ja?", "klingon": "such as ko", "xx": "such as ko", "": "such as ko", "english": "such as ko", "한국어": "such as ko",
		"en; DROP": "such as ko", "und": "such as ko", "zz": "such as ko", "en\xff": "such as ko", "-": "such as ko",
	} {
		err := CheckLanguage(code)
		if hint == "" && err != nil || hint != "" && (askwire.CodeOf(err) != askwire.WrongValue || !strings.Contains(err.Error(), hint)) {
			t.Errorf("%q: %v, want %q", code, err, hint)
		}
	}
	h := open(t)
	h.ask("q", "SELECT id FROM orders")
	c := h.conn()
	for _, statement := range []string{"ASK 'q' USING language = 'klingon'", "SET askwire.language = 'kr'"} {
		if got := number(t, c, statement); got != 1231 {
			t.Errorf("%s: error %d", statement, got)
		}
	}
	table(t, c, "ASK 'q' USING language = 'ja'")
}

// Hints speak of the word that questions begin with.
func TestHintsHaveTheWord(t *testing.T) {
	h := open(t)
	h.srv.Set(Settings{AskWord: "frage"})
	c := h.conn()
	for _, statement := range []string{"", "frage ''", "frage run 'nothing'"} {
		message := message(t, c, statement)
		if !strings.Contains(message, "FRAGE") || strings.Contains(message, "ASK") {
			t.Errorf("%q: %s", statement, message)
		}
	}
}

func TestQuestionBesideColumns(t *testing.T) {
	h := open(t)
	h.ask("q", "SELECT id FROM orders")
	c := h.conn()
	for _, statement := range []string{"SELECT ASK('q'), 1", "SELECT ASK('q') AS a, 1 AS b", "SELECT ASK('q') FROM orders"} {
		if got, text := number(t, c, statement), message(t, c, statement); got != 1235 || !strings.Contains(text, "stands alone") {
			t.Errorf("%s: error %d: %s", statement, got, text)
		}
	}
}

// What ASK RUN runs has the trust that its SQL had, unless the SQL is edited.
func TestRunKeepsTrust(t *testing.T) {
	h := open(t)
	c := h.conn()
	h.rec.mu.Lock()
	h.rec.drafts["v1"] = askwire.QueryRecord{ID: "v1", User: "ana", Question: "q", Draft: "SELECT id FROM orders", Trust: askwire.Verified}
	h.rec.mu.Unlock()
	for statement, want := range map[string]string{"ASK RUN 'v1'": "verified", "ASK RUN 'v1' AS 'SELECT id FROM orders LIMIT 1'": "edited"} {
		table(t, c, statement)
		if got := table(t, c, "SHOW WARNINGS"); !strings.Contains(got, "; "+want+" by id v1") {
			t.Errorf("%s: %s", statement, got)
		}
	}
}

// message is the text of a statement's refusal.
func message(t *testing.T, q querier, statement string) string {
	t.Helper()
	_, err := tryTable(t, q, statement)
	if err == nil {
		t.Fatalf("%s: no error", statement)
	}
	return err.Error()
}
