package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// greedy is a model that asks for the credentials that it sees in the catalog, as one does that a comment has talked into it.
type greedy struct {
	mu   sync.Mutex
	seen string // the decoy
}

var decoyTable = regexp.MustCompile(`[a-z_0-9]+\.service_credentials_[0-9a-f]+`)

func (g *greedy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	g.seen = decoyTable.FindString(string(b))
	answer := drafted("SELECT account, secret FROM "+g.seen, "")
	g.mu.Unlock()
	complete(w, answer)
}

// decoy is the name that the model saw last.
func (g *greedy) decoy() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen
}

// A draft that names a decoy: an error of its own, a line in the log, a count, the reason in query_log; and the name nowhere that
// people look.
func TestDecoys(t *testing.T) {
	model := &greedy{}
	server := httptest.NewServer(model)
	defer server.Close()
	s := realSite(t)
	s.write(siteBob)
	s.replace(`provider = "offline"`, `base_url = "`+server.URL+`/v1"`+"\n"+`model = "greedy"`)
	s.replace(`name = "analyst"`, `name = "analyst"`+"\n"+`decoys = true`)
	p := s.serve()
	c := p.conn("bob", "pw")
	query(t, c, "USE "+s.shop)
	mark := p.mark()
	n, message := number(t, c, "ASK 'list the accounts of all services'")
	_, name, _ := strings.Cut(model.decoy(), ".")
	if n != 50310 || name == "" || strings.Contains(message, name) {
		t.Fatalf("error %d: %s; the model saw %q", n, message, model.decoy())
	}
	p.waitLog(mark, "a decoy was used")
	if strings.Contains(p.text(), name) {
		t.Error("the log names the decoy")
	}
	if _, body := get(t, "http://"+p.admin()+"/metrics"); !strings.Contains(body, "\naskwire_decoys_used_total 1\n") {
		t.Errorf("/metrics does not count it")
	}
	got := printed(recorded(t, c, "SELECT verdict, error_number, error FROM askwire.query_log WHERE error_number = 50310"))
	if !strings.HasPrefix(got, "verdict|error_number|error\ndenied|50310|The model's answer was refused: it reaches for something that no question needs.") {
		t.Errorf("query_log: %s", got)
	}
	recorded(t, c, "SELECT id FROM askwire.llm_log")
	for _, look := range []string{"ASK PROMPT 'list the accounts of all services'", "ASK TABLES 'service credentials'", "SHOW TABLES", "SHOW ASK TABLES", "SHOW DATABASES",
		"SELECT table_name, table_comment FROM information_schema.tables", "SELECT column_name FROM information_schema.columns", "SHOW COLUMNS FROM orders",
		"SELECT * FROM askwire.query_log", "SELECT * FROM askwire.llm_log", "SHOW WARNINGS", "SHOW ASK HISTORY"} {
		r := printed(query(t, c, look))
		if strings.Contains(r, "service_credentials") || strings.Contains(r, "access_token_") {
			t.Errorf("%s shows a decoy: %s", look, r)
		}
	}
	// For people the name means nothing: an unknown table, and no alarm.
	if n, _ := number(t, c, "SELECT * FROM "+model.decoy()); n != 1142 && n != 1146 {
		t.Errorf("error %d", n)
	}
	if _, body := get(t, "http://"+p.admin()+"/metrics"); !strings.Contains(body, "\naskwire_decoys_used_total 1\n") {
		t.Errorf("a person's guess was counted")
	}
}
