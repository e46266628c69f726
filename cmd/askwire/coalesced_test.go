package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// quoting is a model that writes the same SQL for everybody, and as a summary quotes the rows that it was shown. It answers no question
// for SQL before the test opens the gate, so that all who ask the same wait for one answer.
type quoting struct {
	mu      sync.Mutex
	prompts map[string]int // for summaries: the result that they hold
	drafts  int
	open    chan struct{}
}

func (m *quoting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var content string
	if strings.Contains(string(b), "cannot_answer") {
		select {
		case <-m.open:
		case <-r.Context().Done():
			return
		}
		content = drafted("SELECT note FROM orders ORDER BY note", "")
		m.mu.Lock()
		m.drafts++
		m.mu.Unlock()
	} else {
		_, rows, _ := strings.Cut(string(b), `\u003cresult\u003e`)
		rows, _, _ = strings.Cut(rows, `\u003c/result\u003e`)
		content = "The notes: " + strings.Join(strings.Fields(strings.ReplaceAll(rows, `\n`, " ")), ", ")
		m.mu.Lock()
		m.prompts[rows]++
		m.mu.Unlock()
	}
	complete(w, content)
}

// TestCoalesced: people with different rows and different profiles ask the same question at the same time, through two proxies over one
// store. Plans are shared; rows and summaries are not, in whatever order the callers share a piece of work.
func TestCoalesced(t *testing.T) {
	server := enginetest.Get(t, engine.MariaDB)
	server.Database(t, "askwire")
	server.Database(t, attacked)
	db := server.Open(t, attacked)
	for _, q := range []string{"CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, status VARCHAR(20) NOT NULL, note VARCHAR(60))",
		"CREATE TABLE customers (id INT PRIMARY KEY, ssn INT, secret_id INT, email VARCHAR(80), phone VARCHAR(20), born DATE, salary INT)", "CREATE TABLE products (id INT PRIMARY KEY)",
		"INSERT INTO orders VALUES (1, 7, '', 'only ana'), (2, 8, '', 'only eve'), (3, 9, '', 'only bob')"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	model := &quoting{prompts: map[string]int{}, open: make(chan struct{})}
	web := httptest.NewServer(model)
	t.Cleanup(web.Close)
	s := newSite(t, server.DSN)
	if err := os.WriteFile(s.file, []byte(fmt.Sprintf(attackConfig, web.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	proxies := []*process{s.serve(), s.serve()}
	sees := map[string]string{"ana": "only ana", "eve": "only eve", "bob": "only ana, only bob, only eve"}
	ask := func(ctx context.Context, c *sql.Conn, who string) {
		rows, err := readAll(ctx, c, "ASK 'what do the notes say'")
		if err != nil {
			t.Errorf("%s: %v", who, err)
			return
		}
		var notes []string
		for _, r := range rows.Rows {
			notes = append(notes, value(r[0]))
		}
		if got := strings.Join(notes, ", "); got != sees[who] {
			t.Errorf("%s sees the rows %q", who, got)
		}
		summary := value(rows.Rows[0][len(rows.Columns)-1])
		for other := range sees {
			if said, may := strings.Contains(summary, other), strings.Contains(sees[who], other); said != may {
				t.Errorf("%s is told: %s", who, summary)
			}
		}
	}
	for round := range 2 { // made, then kept
		var asking, done sync.WaitGroup
		for i := range 18 {
			who := []string{"ana", "eve", "bob"}[i%3]
			c := proxies[i/3%2].conn(who, "pw")
			query(t, c, "USE "+attacked)
			asking.Add(1)
			done.Add(1)
			go func() {
				defer done.Done()
				asking.Done()
				ask(t.Context(), c, who)
			}()
		}
		asking.Wait()
		if round == 0 {
			close(model.open)
		}
		done.Wait()
	}
	model.mu.Lock()
	defer model.mu.Unlock()
	if len(model.prompts) != 3 {
		t.Errorf("the model was shown %d results, want those of three people: %v", len(model.prompts), model.prompts)
	}
	if model.drafts > 4 { // of two profiles, on two proxies
		t.Errorf("%d drafts", model.drafts)
	}
}
