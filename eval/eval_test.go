package eval_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/eval"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	asJSON := write(t, "a.json", `[{"i": 7, "db": "shop", "q": "how many?", "gold": "SELECT 1"}, {"question": "which?", "gold": ["shop.a", "shop.b"]}]`)
	asCSV := write(t, "b.csv", "\ufeffID, Question,SQL,Tables\nx,\"one, two\",\"SELECT 'a,b'\",shop.a;shop.b\n")
	got, err := eval.Load(asJSON, asCSV)
	if err != nil {
		t.Fatal(err)
	}
	want := []eval.Question{
		{ID: "7", DB: "shop", Text: "how many?", SQL: "SELECT 1"},
		{ID: "a-2", Text: "which?", Tables: []string{"shop.a", "shop.b"}},
		{ID: "x", Text: "one, two", SQL: "SELECT 'a,b'", Tables: []string{"shop.a", "shop.b"}},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLoadBadFiles(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"UnknownColumn", "a.csv", "question,query\na,SELECT 1\n", `question 1: the column "query" is not known. Columns are id, db, question, evidence, sql, tables`},
		{"NoQuestion", "a.csv", "id,sql\n1,SELECT 1\n", "question 1: the column question is missing or empty; this one has id, sql."},
		{"NoGold", "a.json", `[{"question": "a"}]`, "question 1: neither sql nor tables is given; this one has question."},
		{"TableWithoutDatabase", "a.json", `[{"question": "a", "tables": ["orders"]}]`, `question 1: the table "orders" has no database. Write "database.table"`},
		{"NumberAsTable", "a.json", `[{"question": "a", "tables": [1]}]`, "question 1: a table's name is no text."},
		{"ListAsQuestion", "a.json", `[{"question": ["a"], "sql": "SELECT 1"}]`, `question 1: the column "question" is no text.`},
		{"SameID", "a.json", `[{"id": "x", "question": "a", "sql": "SELECT 1"}, {"id": "x", "question": "b", "sql": "SELECT 1"}]`, `question 2: the id "x" is also in`},
		{"NoList", "a.json", `{"question": "a"}`, "this is no JSON list of objects"},
		{"Ragged", "a.csv", "question,sql\na\n", "wrong number of fields"},
		{"NoRows", "a.csv", "question,sql\n", "no questions."},
		{"Ending", "a.txt", "", "the name must end in .json or .csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := eval.Load(write(t, c.file, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	var all []eval.Question
	for i := range 200 {
		all = append(all, eval.Question{ID: fmt.Sprint(i), DB: fmt.Sprint("db", i%20), Tables: []string{fmt.Sprint("b.t", i%50), "a.x"}})
	}
	for _, byTables := range []bool{false, true} {
		tuning, test := eval.Split(all, eval.Tuning, byTables), eval.Split(all, eval.Test, byTables)
		if len(tuning)+len(test) != len(all) || len(tuning) < 40 || len(test) < 40 {
			t.Errorf("byTables %t: %d and %d of %d", byTables, len(tuning), len(test), len(all))
		}
		key := func(q eval.Question) string {
			if byTables {
				return fmt.Sprint(q.Tables)
			}
			return q.DB
		}
		for _, q := range tuning {
			if slices.ContainsFunc(test, func(o eval.Question) bool { return key(o) == key(q) }) {
				t.Fatalf("%s is in both halves", key(q))
			}
		}
	}
	// The rule must never move: this database is for tuning.
	if got := eval.Split([]eval.Question{{DB: "concert_singer"}}, eval.Tuning, false); len(got) != 1 {
		t.Error("concert_singer moved to the test half")
	}
}

func sample(types string, rows ...string) askwire.Sample {
	s := askwire.Sample{Types: strings.Fields(types), Columns: strings.Fields(types), Complete: true}
	for _, row := range rows {
		var cells []*string
		for _, v := range strings.Split(row, "|") {
			if v == "NULL" {
				cells = append(cells, nil)
			} else {
				cells = append(cells, &v)
			}
		}
		s.Rows = append(s.Rows, cells)
	}
	return s
}

func TestCompare(t *testing.T) {
	gold := sample("varchar decimal", "a|0.5000", "b|NULL")
	for _, c := range []struct {
		name string
		got  askwire.Sample
		want eval.Reason
	}{
		{"OtherOrder", sample("varchar decimal", "b|NULL", "a|0.5000"), eval.OK},
		{"Twice", sample("varchar decimal", "b|NULL", "a|0.5", "a|0.5"), eval.OK},
		{"OtherNumberType", sample("VARCHAR DOUBLE", "a|5e-1", "b|NULL"), eval.OK},
		{"NumberAsText", sample("varchar varchar", "a|0.5000", "b|NULL"), eval.WrongRows},
		{"NullAsText", sample("varchar decimal", "a|0.5", "b|null"), eval.WrongRows},
		{"Missing", sample("varchar decimal", "a|0.5"), eval.MissingRows},
		{"Extra", sample("varchar decimal", "a|0.5", "b|NULL", "c|1"), eval.ExtraRows},
		{"Columns", sample("varchar", "a", "b"), eval.WrongColumns},
		{"Empty", sample("varchar decimal"), eval.Empty},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, detail := eval.Compare(gold, c.got); got != c.want || (detail == "") != (got == eval.OK) {
				t.Errorf("got %s (%s), want %s", got, detail, c.want)
			}
		})
	}
	t.Run("BothEmpty", func(t *testing.T) {
		if got, _ := eval.Compare(sample("int"), sample("int int")); got != eval.OK {
			t.Errorf("got %s, want OK", got)
		}
	})
}

func questions(n int) []eval.Question {
	var out []eval.Question
	for i := range n {
		out = append(out, eval.Question{ID: fmt.Sprint("q", i), Text: fmt.Sprint("question ", i), SQL: "SELECT 1"})
	}
	return out
}

func TestRunResumes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.jsonl")
	var calls atomic.Int32
	boom := errors.New("boom")
	measure := func(_ context.Context, q *eval.Question) ([]eval.Result, error) {
		calls.Add(1)
		if q.ID == "q3" && calls.Load() < 10 {
			return nil, boom
		}
		return []eval.Result{{Subject: "a", Reason: eval.OK, Ran: true}}, nil
	}
	run := func(n int, o eval.Options) ([]eval.Result, error) {
		state, err := eval.OpenState(file, "one")
		if err != nil {
			t.Fatal(err)
		}
		defer state.Close()
		o.State = state
		return eval.Run(t.Context(), questions(n), measure, o)
	}
	if _, err := run(6, eval.Options{}); !errors.Is(err, boom) {
		t.Fatalf("got %v, want boom", err)
	}
	// The process dies in the midst of a line.
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"id":"q5","resu`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	calls.Store(10)
	last := 0
	results, err := run(6, eval.Options{Concurrency: 3, Progress: func(done, total int) {
		if done != last+1 || total != 6 {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}})
	if err != nil || len(results) != 6 || results[4].ID != "q4" || results[4].Question != "question 4" {
		t.Fatalf("got %+v, %v", results, err)
	}
	if n := calls.Load() - 10; n > 3 {
		t.Errorf("%d questions were measured again, want those after the failure", n)
	}
	if _, err := eval.OpenState(file, "other"); err == nil || !strings.Contains(err.Error(), "other files or settings") {
		t.Errorf("another run: %v", err)
	}
	if _, err := eval.OpenState(write(t, "x", "hello\n"), "one"); err == nil || !strings.Contains(err.Error(), "is no state file") {
		t.Errorf("another file: %v", err)
	}
}

func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := eval.Run(ctx, questions(100), func(context.Context, *eval.Question) ([]eval.Result, error) {
		cancel()
		return nil, nil
	}, eval.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestReport(t *testing.T) {
	results := []eval.Result{
		{ID: "1", Subject: "m" + eval.Raw, Reason: eval.OK, Ran: true},
		{ID: "1", Subject: "m", Reason: eval.Refused, Detail: "<script>", Ran: true, Input: 10, Cost: 0.5, Seconds: 2, Ranked: true, Rank: 7},
		{ID: "2", Subject: "m" + eval.Raw, Reason: eval.Failed, Ran: true},
		{ID: "2", Subject: "m", Reason: eval.OK, Ran: true, Output: 3, Cost: 0.25, Seconds: 1, Ranked: true, Rank: 2},
		{ID: "3", Subject: "m", Reason: eval.GoldEmpty, Ran: true, Ranked: true, Rank: 1},
	}
	r := eval.Sum("title", time.Unix(0, 0).UTC(), results, []int{5, 10})
	if len(r.Subjects) != 2 || r.Subjects[1].Name != "m" {
		t.Fatalf("%+v", r.Subjects)
	}
	m := r.Subjects[1]
	if m.Questions != 3 || m.Counted != 2 || m.Right != 1 || m.Accuracy != 0.5 || m.Cost != 0.75 || m.Input != 10 || m.Output != 3 || m.P95 != 2 {
		t.Errorf("%+v", m)
	}
	if fmt.Sprint(m.F) != "[{5 0.5} {10 1}]" {
		t.Errorf("F %v", m.F)
	}
	if len(r.Lost) != 1 || r.Lost[0].ID != "1" || r.Lost[0].Reason != eval.Refused {
		t.Errorf("lost %+v", r.Lost)
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>title</title>", "50.0 %", "REFUSED", "&lt;script&gt;", "F@10"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "http://", "https://", "src="} {
		if strings.Contains(page.String(), not) {
			t.Errorf("the page holds %q: it must need no other file", not)
		}
	}
}

func TestRetrieval(t *testing.T) {
	cat := write(t, "c.json", `{"tables": [{"db": "a", "name": "x", "columns": [{"name": "id"}], "references": ["y"]}, {"db": "a", "name": "y", "cols": [{"name": "id"}]}]}`)
	snap, err := eval.LoadCatalog(cat)
	if err != nil {
		t.Fatal(err)
	}
	if got := snap.Tables[0].ForeignKeys; len(got) != 1 || got[0].RefDB != "a" || got[0].RefTable != "y" {
		t.Errorf("references %+v", got)
	}
	search := func(s *askwire.Snapshot, _ string, k int) []askwire.RankedTable {
		return []askwire.RankedTable{{Table: s.Tables[1]}, {Table: s.Tables[0]}}[:min(k, 2)]
	}
	measure := func(depth int, q eval.Question) (eval.Result, error) {
		r, err := eval.Retrieval(snap, search, depth, false)(t.Context(), &q)
		if err != nil {
			return eval.Result{}, err
		}
		return r[0], nil
	}
	if r, err := measure(5, eval.Question{Tables: []string{"a.X", "a.y"}}); err != nil || r.Rank != 2 || r.Reason != eval.OK {
		t.Errorf("both: %+v, %v", r, err)
	}
	if r, err := measure(1, eval.Question{Tables: []string{"a.x", "a.y"}}); err != nil || r.Rank != 0 || r.Reason != eval.NoTable || !strings.Contains(r.Detail, "a.x") {
		t.Errorf("one missing: %+v, %v", r, err)
	}
	if _, err := measure(1, eval.Question{ID: "q", Tables: []string{"a.z"}}); err == nil || !strings.Contains(err.Error(), "a.z is in no catalog file") {
		t.Errorf("unknown table: %v", err)
	}
	if _, err := measure(1, eval.Question{ID: "q", SQL: "SELECT 1"}); err == nil || !strings.Contains(err.Error(), "has no tables") {
		t.Errorf("no tables: %v", err)
	}
	for _, bad := range []string{`{"tables": []}`, `[{"db": "a", "name": "x"}]`, `nonsense`, `[{"db":"a","name":"x","cols":[{"name":"c"}]},{"db":"a","name":"x","cols":[{"name":"c"}]}]`} {
		if _, err := eval.LoadCatalog(write(t, "bad.json", bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestLoadCasesBadFiles(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"instances": [[["c", "CREATE TABLE \"a\" (\"b\" TEXT)"]]]}`, "the id is missing"},
		{`{"id": 1}`, "has no instances"},
		{`{"id": 1, "instances": [[["c", "DROP TABLE a"]]]}`, "a step is neither"},
		{`{"id": 1, "instances": [[["x", "CREATE TABLE a"]]]}`, "a step is neither"},
		{`{"id": 1, "instances": [[["i", "INSERT INTO a VALUES (?)", "x"]]]}`, "a step is neither"},
		{"nonsense", "this is no question with databases"},
	} {
		if _, err := eval.LoadCases(write(t, "cases.jsonl", c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.text, err, c.want)
		}
	}
	one := `{"id": "a", "instances": [[["c", "CREATE TABLE \"a\" (\"b\" TEXT)"]]]}`
	if _, err := eval.LoadCases(write(t, "cases.jsonl", one+"\n"+one+"\n")); err == nil || !strings.Contains(err.Error(), "cases.jsonl:2: the id \"a\" is there twice") {
		t.Errorf("the same id: %v", err)
	}
}
