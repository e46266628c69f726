package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askwire/askwire/internal/enginetest"
)

// scriptedModel answers with the SQL whose key the prompt's question holds. prompts get the latest prompt.
func scriptedModel(t *testing.T, answers map[string]string, prompts ...*atomic.Pointer[string]) (url string, calls *atomic.Int64) {
	calls = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		b, _ := io.ReadAll(r.Body)
		var request struct{ Messages []struct{ Content string } }
		_ = json.Unmarshal(b, &request)
		sql, last := "", ""
		if n := len(request.Messages); n > 0 {
			last = request.Messages[n-1].Content
		}
		for _, p := range prompts {
			p.Store(&last)
		}
		asked := last[max(0, strings.LastIndex(last, "<question>")):]
		for question, text := range answers {
			if strings.Contains(asked, question) {
				sql = text
			}
		}
		complete(w, drafted(sql, ""))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", calls
}

const siteVerifiers = `
[[user]]
name = "bob"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]

[[user]]
name = "vera"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]
rights = ["verify"]

[[user]]
name = "nina"
password_hash = "env:SITE_HASH"
profiles = ["narrow"]
rights = ["verify"]

[[profile]]
name = "narrow"
tables = ["%s.staff"]
`

// Two proxies over one store: what is saved through one is known to the other.
func TestSavedQuestions(t *testing.T) {
	s := realSite(t)
	url, calls := scriptedModel(t, map[string]string{
		"order number": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders o WHERE o.id >= 1",
		"total amount": "SELECT SUM(amount) AS total FROM " + s.shop + ".orders", "how many staff": "SELECT COUNT(*) AS n FROM " + s.shop + ".staff",
		"number of orders": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders", "orders of this year": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders WHERE id < " + time.Now().Format("2006"),
	})
	s.write(strings.ReplaceAll(siteVerifiers, "%s", s.shop))
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
	p, p2 := s.serve(), s.serve()
	ana, bob, vera, nina, bob2 := p.conn("ana", "pw"), p.conn("bob", "pw"), p.conn("vera", "pw"), p.conn("nina", "pw"), p2.conn("bob", "pw")
	const off = " USING summary = 'off'"
	notes := func() string { return printed(query(t, bob, "SHOW WARNINGS")) }

	t.Run("NothingToSave", func(t *testing.T) {
		if n, message := number(t, bob, "ASK GOOD"); n != 1243 {
			t.Errorf("ASK GOOD: error %d %s", n, message)
		}
		for statement, want := range map[string]uint16{
			"ASK SAVE LAST AS 'x'": 1243, "ASK SAVE abcdefghij234567klmn AS 'x'": 1243, "ASK BAD abcdefghij234567klmn 'no'": 1243,
			"ASK FORGET 'x'": 1243, "ASK VERIFY 'x'": 1227, "SHOW ASK CANDIDATES": 1227,
		} {
			if n, message := number(t, bob, statement); n != want {
				t.Errorf("%s: error %d %s", statement, n, message)
			}
		}
	})

	if got := printed(query(t, bob, "ASK 'total amount of orders'"+off)); got != "total\n130.49\n" {
		t.Fatalf("%q", got)
	}
	t.Run("Save", func(t *testing.T) {
		for statement, want := range map[string]uint16{"ASK SAVE LAST AS ''": 1231, "ASK SAVE LAST AS '--'": 1231, "ASK SAVE LAST AS '" + strings.Repeat("긴", 65) + "'": 1059} {
			if n, message := number(t, bob, statement); n != want {
				t.Errorf("%s: error %d: %s", statement, n, message)
			}
		}
		query(t, bob, "ASK SAVE LAST AS 'turnover'")
		before := calls.Load()
		for _, text := range []string{"Total amount of orders?", "turnover"} {
			if got := printed(query(t, bob, "ASK '"+text+"'"+off)); got != "total\n130.49\n" {
				t.Errorf("%s: %q", text, got)
			}
			if n := notes(); !strings.Contains(n, "saved by saved:turnover") {
				t.Errorf("its label: %s", n)
			}
		}
		if n := calls.Load() - before; n != 0 {
			t.Errorf("%d calls for a saved question", n)
		}
		if got := printed(query(t, bob, "SHOW ASK SUGGESTIONS")); !strings.Contains(got, "total amount of orders") {
			t.Errorf("suggestions: %s", got)
		}
	})
	t.Run("Parameters", func(t *testing.T) {
		if got := printed(query(t, vera, "ASK 'order number 1 and later'"+off)); got != "n\n3\n" {
			t.Fatalf("%q", got)
		}
		query(t, vera, "ASK SAVE LAST AS 'from' USING first = 1")
		if n := printed(query(t, vera, "SHOW WARNINGS")); !strings.Contains(n, "parameter first: a whole number; 1 if none is given") {
			t.Errorf("notes: %s", n)
		}
		before := calls.Load()
		for statement, want := range map[string]string{
			"ASK 'order number 3 and later'" + off: "n\n1\n", "ASK 'from'" + off: "n\n3\n", "SELECT n FROM ask.`from`(2)": "n\n2\n",
			"SELECT n, first FROM ask.`from` WHERE first = 3": "n|first\n1|3\n",
		} {
			if got := printed(query(t, vera, statement)); got != want {
				t.Errorf("%s: %q, want %q", statement, got, want)
			}
		}
		if n, message := number(t, vera, "SELECT n FROM ask.`from`('many')"); n != 1210 || !strings.Contains(message, "It takes a whole number.") {
			t.Errorf("error %d %s", n, message)
		}
		if n, message := number(t, vera, "ASK SAVE LAST AS 'x' USING first = 99"); n != 1210 || !strings.Contains(message, "does not stand in the question once") {
			t.Errorf("error %d %s", n, message)
		}
		if n := calls.Load() - before; n != 0 {
			t.Errorf("%d calls for a saved question", n)
		}
		query(t, vera, "ASK FORGET 'from'")
	})
	t.Run("OtherProxySees", func(t *testing.T) {
		if r := recorded(t, bob2, "SHOW ASK SAVED LIKE 'turnover'"); len(r.Rows) != 1 {
			t.Fatal(printed(r))
		}
		before := calls.Load()
		query(t, bob2, "ASK 'turnover'"+off)
		if calls.Load() != before {
			t.Error("the other proxy asked the model")
		}
	})
	mine := "SELECT name, `user`, verified FROM askwire.questions ORDER BY name"
	t.Run("OthersDoNotSee", func(t *testing.T) {
		for _, statement := range []string{"SHOW ASK SAVED", mine} {
			if got := printed(query(t, ana, statement)); strings.Contains(got, "turnover") {
				t.Errorf("ana: %s", got)
			}
			if got := printed(query(t, nina, statement)); strings.Contains(got, "turnover") {
				t.Errorf("nina may verify, but not this: %s", got)
			}
			if got := printed(query(t, vera, statement)); !strings.Contains(got, "turnover") {
				t.Errorf("vera: %s", got)
			}
		}
		before := calls.Load()
		query(t, ana, "ASK 'total amount of orders'"+off)
		if calls.Load() == before {
			t.Error("ana's question was answered by bob's")
		}
		for c, want := range map[string]uint16{"ASK FORGET 'turnover'": 1243, "ASK VERIFY 'turnover'": 1227} {
			if n, _ := number(t, ana, c); n != want {
				t.Errorf("ana, %s: %d", c, n)
			}
		}
		if n, _ := number(t, nina, "ASK VERIFY 'turnover'"); n != 1243 {
			t.Errorf("nina verifies what she may not run: %d", n)
		}
		if n, _ := number(t, vera, "ASK FORGET 'turnover'"); n != 1227 {
			t.Errorf("vera forgets bob's: %d", n)
		}
	})
	t.Run("Verify", func(t *testing.T) {
		query(t, vera, "ASK VERIFY 'turnover'")
		before := calls.Load()
		// ana has it answered with her own rows only: the gate is hers.
		if got := printed(query(t, ana, "ASK 'total amount of orders' USING summary = 'off', limit = 9")); got != "total\n30.50\n" {
			t.Errorf("ana: %q", got)
		}
		if n := printed(query(t, ana, "SHOW WARNINGS")); !strings.Contains(n, "verified by saved:turnover") || calls.Load() != before {
			t.Errorf("%s, %d calls", n, calls.Load()-before)
		}
		if got := printed(query(t, ana, mine)); got != "name|user|verified\nturnover|bob|1\n" {
			t.Errorf("ana: %q", got)
		}
		if got := printed(query(t, nina, mine)); strings.Contains(got, "turnover") {
			t.Errorf("nina: %q", got)
		}
		if got := printed(query(t, nina, "SHOW ASK SUGGESTIONS")); strings.Contains(got, "total amount") {
			t.Errorf("suggested to nina: %q", got)
		}
		if got := printed(recorded(t, vera, "SELECT kind, question FROM askwire.query_log WHERE kind = 'verify' AND verdict = 'allowed'")); !strings.Contains(got, "total amount of orders") {
			t.Errorf("the history of vera: %q", got)
		}
	})
	t.Run("PreparedSeesWhatChanges", func(t *testing.T) {
		st, err := ana.PrepareContext(t.Context(), "SELECT COUNT(*) FROM askwire.questions WHERE name <> ?")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		counted := func() (n int) {
			if err := st.QueryRowContext(t.Context(), "x").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := counted()
		query(t, bob, "ASK 'number of orders'"+off)
		query(t, bob, "ASK SAVE LAST AS 'orders'")
		hidden := counted()
		query(t, vera, "ASK VERIFY 'orders'")
		if shown := counted(); before != 1 || hidden != 1 || shown != 2 {
			t.Errorf("%d, %d, %d", before, hidden, shown)
		}
		query(t, vera, "ASK FORGET 'orders'")
		if n := counted(); n != 1 {
			t.Errorf("%d", n)
		}
	})
	t.Run("DatesOfToday", func(t *testing.T) {
		query(t, bob, "ASK 'orders of this year'"+off)
		if n, message := number(t, bob, "ASK SAVE LAST AS 'this year'"); n != 50308 || !strings.Contains(message, "CURDATE()") {
			t.Errorf("error %d: %s", n, message)
		}
	})
	t.Run("Feedback", func(t *testing.T) {
		c := p.conn("bob", "pw")
		query(t, c, "ASK 'number of orders'"+off)
		query(t, c, "ASK BAD")
		query(t, c, "ASK GOOD 'as expected'")
		if got := printed(query(t, c, "SELECT good, note FROM askwire.feedback WHERE note <> ''")); got != "good|note\n1|as expected\n" {
			t.Errorf("%q", got)
		}
		if got := printed(query(t, vera, "SELECT good, note FROM askwire.feedback")); got != "good|note\n" {
			t.Errorf("vera reads bob's feedback: %q", got)
		}
	})
	t.Run("Candidates", func(t *testing.T) {
		for range 3 {
			query(t, bob, "ASK 'how many staff are there'"+off)
		}
		query(t, ana, "ASK 'number of orders'"+off)
		query(t, ana, "ASK 'number of orders'"+off)
		query(t, ana, "ASK 'number of orders'"+off)
		deadline := time.Now().Add(patience) // they are collected every 10 seconds at most
		ids := map[string]string{}
		for len(ids) < 2 && time.Now().Before(deadline) {
			for _, r := range query(t, vera, "SHOW ASK CANDIDATES").Rows {
				ids[value(r[1])] = value(r[0])
			}
		}
		id := ids["how many staff are there"]
		if id == "" {
			t.Fatalf("candidates %v", ids)
		}
		table := "SELECT question FROM askwire.verify_candidates ORDER BY question"
		if got := printed(query(t, vera, table)); !strings.Contains(got, "how many staff") || !strings.Contains(got, "number of orders") {
			t.Errorf("vera: %q", got)
		}
		if got := printed(query(t, nina, table)); got != "question\nhow many staff are there\n" {
			t.Errorf("nina, whose profile has the staff only: %q", got)
		}
		if got := printed(query(t, bob, table)); got != "question\n" {
			t.Errorf("bob has no right: %q", got)
		}
		if n, _ := number(t, ana, "ASK SAVE "+id+" AS 'mine'"); n != 1243 {
			t.Errorf("ana saves another's question: %d", n)
		}
		query(t, nina, "ASK SAVE "+id+" AS 'staff'")
		query(t, nina, "ASK VERIFY 'staff'")
		if got := printed(query(t, vera, "SHOW ASK CANDIDATES")); strings.Contains(got, "how many staff") {
			t.Errorf("still a candidate: %s", got)
		}
		before := calls.Load()
		query(t, vera, "ASK 'How many staff are there?'"+off)
		if calls.Load() != before {
			t.Error("the verified question needed a model")
		}
	})
	t.Run("Stale", func(t *testing.T) {
		if _, err := s.db.ExecContext(t.Context(), "ALTER TABLE "+s.shop+".orders MODIFY amount VARCHAR(20) NOT NULL"); err != nil {
			t.Fatal(err)
		}
		p3 := s.serve() // it reads the catalog at once, the others within a minute
		c := p3.conn("ana", "pw")
		recorded(t, c, "SHOW ASK SAVED LIKE 'turnover'")
		n, message := number(t, c, "ASK 'total amount of orders'")
		if n != 50308 || !strings.Contains(message, "was decimal(10,2) and is varchar(20) now") {
			t.Errorf("error %d: %s", n, message)
		}
		if got := printed(query(t, c, "SHOW ASK SAVED")); !strings.Contains(got, "stale") {
			t.Errorf("%s", got)
		}
		query(t, p3.conn("vera", "pw"), "ASK VERIFY 'turnover'")
		query(t, c, "ASK 'total amount of orders'"+off)
	})
	t.Run("Forget", func(t *testing.T) {
		query(t, bob, "ASK FORGET 'turnover'")
		if got := printed(query(t, bob, mine)); strings.Contains(got, "turnover") {
			t.Errorf("%s", got)
		}
		before := calls.Load()
		query(t, bob, "ASK 'turnover total amount'"+off)
		if calls.Load() == before {
			t.Error("it still answers")
		}
	})
}

// A conversation is the session's and its principal's; outside of ASK MORE nothing follows up on anything.
func TestConversation(t *testing.T) {
	s := realSite(t)
	var prompts atomic.Pointer[string]
	url, calls := scriptedModel(t, map[string]string{
		"total amount": "SELECT SUM(amount) AS total FROM " + s.shop + ".orders", "per customer": "SELECT customer_id, SUM(amount) AS total FROM " + s.shop + ".orders GROUP BY customer_id ORDER BY 1",
	}, &prompts)
	s.write(siteBob)
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
	p := s.serve()
	ana, bob := p.conn("ana", "pw"), p.conn("bob", "pw")
	const off = " USING summary = 'off'"
	const more = "ASK MORE 'and per customer?'" + off
	if n, _ := number(t, bob, more); n != 1243 {
		t.Errorf("nothing to follow up on: %d", n)
	}
	query(t, bob, "ASK 'total amount'"+off)
	id := value(query(t, bob, "ASK SQL 'total amount'").Rows[0][0])
	if got := printed(query(t, bob, more)); got != "customer_id|total\n7|30.50\n8|99.99\n" {
		t.Errorf("%q", got)
	}
	if text := *prompts.Load(); !strings.Contains(text, "question: total amount\nsql: SELECT SUM(amount) AS total") {
		t.Errorf("the prompt: %s", text)
	}
	if n, message := number(t, bob, "ASK SAVE LAST AS 'half'"); n != 1231 || !strings.Contains(message, "in full") {
		t.Errorf("a follow-up is saved: %d %s", n, message)
	}
	again := value(recorded(t, bob, "SELECT id FROM askwire.query_log WHERE kind = 'more' AND verdict = 'allowed'").Rows[0][0])
	query(t, bob, "ASK RUN "+again+off)
	if n, _ := number(t, bob, "ASK SAVE LAST AS 'half'"); n != 1231 {
		t.Errorf("a follow-up that was run again is saved: %d", n)
	}
	query(t, bob, "ASK 'total amount'"+off)
	// Whoever knows the id of another's question learns nothing by it.
	byID := more + ", conversation = '" + id + "'"
	if n, _ := number(t, ana, byID); n != 1243 {
		t.Errorf("ana follows up on bob's question: %d", n)
	}
	if got := printed(query(t, p.conn("bob", "pw"), byID)); !strings.HasPrefix(got, "customer_id") {
		t.Errorf("by id, in another session: %q", got)
	}
	// The conversation is in the store: another proxy goes on with all of it, and nobody else does.
	last := value(recorded(t, bob, "SELECT id FROM askwire.query_log WHERE follows = '"+id+"' AND verdict = 'allowed'").Rows[0][0])
	other := s.serve()
	byLast := more + ", conversation = '" + last + "'"
	query(t, other.conn("bob", "pw"), byLast)
	if text := *prompts.Load(); !strings.Contains(text, "question: total amount\n") || !strings.Contains(text, "question: … and per customer?\nsql: SELECT customer_id") {
		t.Errorf("the prompt of a longer conversation: %s", text)
	}
	if n, _ := number(t, other.conn("ana", "pw"), byLast); n != 1243 {
		t.Errorf("ana follows up on bob's conversation: %d", n)
	}
	query(t, bob, "ASK NEW")
	before := calls.Load()
	if n, _ := number(t, bob, more); n != 1243 || calls.Load() != before {
		t.Errorf("after ASK NEW: %d", n)
	}
	query(t, bob, "ASK 'per customer alone'"+off)
	if strings.Contains(*prompts.Load(), "<conversation>\n") {
		t.Errorf("a plain question follows up: %s", *prompts.Load())
	}
	if n, _ := number(t, bob, "SET askwire.conversation = 'on'"); n != 1235 {
		t.Errorf("error %d", n)
	}
}

// The store's row policies and the saved questions, with the store on every engine.
func TestSavedOnEveryEngine(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		s := newSite(t, e.DSN)
		e.Database(t, "askwire")
		s.shop = e.NewDatabase(t)
		db := e.Open(t, s.shop)
		for _, q := range []string{"CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL)", "INSERT INTO orders VALUES (1, 7), (2, 7), (3, 8)",
			"CREATE TABLE staff (id INT PRIMARY KEY)"} {
			if _, err := db.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		url, calls := scriptedModel(t, map[string]string{"number of orders": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders"})
		s.write(strings.ReplaceAll(siteVerifiers, "%s", s.shop))
		s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
		p := s.serve()
		ana, bob, vera, nina := p.conn("ana", "pw"), p.conn("bob", "pw"), p.conn("vera", "pw"), p.conn("nina", "pw")
		const off = " USING summary = 'off'"
		const table = "SELECT name, verified FROM askwire.questions"
		query(t, bob, "ASK 'number of orders'"+off)
		query(t, bob, "ASK GOOD 'right'")
		query(t, bob, "ASK SAVE LAST AS 'orders'")
		for name, c := range map[string]struct {
			conn *sql.Conn
			want string
		}{"ana": {ana, ""}, "bob": {bob, "orders|0\n"}, "vera": {vera, "orders|0\n"}, "nina": {nina, ""}} {
			if got := printed(query(t, c.conn, table)); got != "name|verified\n"+c.want {
				t.Errorf("%s sees %q", name, got)
			}
		}
		query(t, vera, "ASK VERIFY 'orders'")
		before := calls.Load()
		if got := printed(query(t, ana, "ASK 'Number of orders?'"+off)); got != "n\n2\n" || calls.Load() != before {
			t.Errorf("%q, %d calls", got, calls.Load()-before)
		}
		if got := printed(query(t, ana, table)); got != "name|verified\norders|1\n" {
			t.Errorf("ana sees %q", got)
		}
		if got := printed(query(t, nina, table)); got != "name|verified\n" {
			t.Errorf("nina sees %q", got)
		}
		if got := printed(query(t, bob, "SELECT good, note FROM askwire.feedback")); got != "good|note\n1|right\n" {
			t.Errorf("feedback: %q", got)
		}
		query(t, vera, "SHOW ASK CANDIDATES")
		query(t, vera, "ASK FORGET 'orders'")
		if got := printed(query(t, ana, table)); got != "name|verified\n" {
			t.Errorf("forgotten, ana sees %q", got)
		}
	})
}

// Two proxies over one store: the second gets the plan that the first has paid for, for profiles that see the same.
func TestPlansAreShared(t *testing.T) {
	s := realSite(t)
	url, calls := scriptedModel(t, map[string]string{"number of orders": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders"})
	s.write(siteBob)
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
	const ask = "ASK 'number of orders' USING summary = 'off'"
	if got := printed(query(t, s.serve().conn("bob", "pw"), ask)); got != "n\n3\n" {
		t.Fatalf("%q", got)
	}
	// The plan is written behind the answer.
	for deadline := time.Now().Add(patience); ; {
		var n int
		if err := s.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM askwire.plans WHERE draft <> ''").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the plan is not in the store")
		}
	}
	var p2 *process
	var bob *sql.Conn
	for range 5 { // the store has half a second to answer, in which this machine may stand still: then the model is asked
		before := calls.Load()
		p2 = s.serve()
		bob = p2.conn("bob", "pw")
		if got := printed(query(t, bob, ask)); got != "n\n3\n" {
			t.Errorf("%q", got)
		}
		if calls.Load() == before {
			break
		}
	}
	if got := printed(query(t, bob, "SHOW WARNINGS")); !strings.Contains(got, "plan from the cache") {
		t.Error(got)
	}
	// Another policy is another key, and its gate adds its row policy.
	before := calls.Load()
	if got := printed(query(t, p2.conn("ana", "pw"), ask)); got != "n\n2\n" || calls.Load() != before+1 {
		t.Errorf("%q, %d calls", got, calls.Load()-before)
	}
	for _, user := range []string{"ana", "bob"} {
		if n, _ := number(t, p2.conn(user, "pw"), "SELECT * FROM askwire.plans"); n == 0 {
			t.Errorf("%s reads the plans", user)
		}
	}
}

// The options that ask back and compare, and what they leave in receipt and log.
func TestCandidatesAreRecorded(t *testing.T) {
	s := realSite(t)
	url, calls := scriptedModel(t, map[string]string{"number of orders": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders"})
	s.write(siteBob)
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
	bob := s.serve().conn("bob", "pw")
	if got := printed(query(t, bob, "ASK 'number of orders' USING candidates = 3, summary = 'off', on_ambiguous = 'ask'")); got != "n\n3\n" || calls.Load() != 3 {
		t.Fatalf("%q, %d calls", got, calls.Load())
	}
	if got := printed(query(t, bob, "SHOW WARNINGS")); !strings.Contains(got, "3 of 3 drafts agree") {
		t.Error(got)
	}
	query(t, bob, "SET askwire.candidates = 3, askwire.on_ambiguous = 'ask'")
	if got := printed(query(t, bob, "EXPLAIN ASK 'number of orders'")); !strings.Contains(got, "confidence|1.00 (3 of 3 drafts agree)") || calls.Load() != 3 {
		t.Errorf("%s, %d calls", got, calls.Load())
	}
	if r := recorded(t, bob, "SELECT confidence FROM askwire.query_log WHERE kind = 'ask' AND confidence = 1"); len(r.Rows) != 1 {
		t.Error("no confidence in the log")
	}
	for _, bad := range []string{"SET askwire.candidates = 6", "SET askwire.candidates = 'x'", "SET askwire.on_ambiguous = 'maybe'"} {
		if n, _ := number(t, bob, bad); n != 1231 {
			t.Errorf("%s: error %d", bad, n)
		}
	}
}
