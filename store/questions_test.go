package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// follower keeps the latest list that a store has handed over. The store goes on handing lists over, so that nothing here
// blocks it, and tests see copies.
type follower[T any] struct {
	mu   sync.Mutex
	list []T
	came chan struct{} // holds a value when a list has come since somebody looked
}

func newFollower[T any]() *follower[T] { return &follower[T]{came: make(chan struct{}, 1)} }

func (f *follower[T]) take(list []T) {
	f.mu.Lock()
	f.list = slices.Clone(list)
	f.mu.Unlock()
	select {
	case f.came <- struct{}{}:
	default:
	}
}

func (f *follower[T]) latest() []T {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list
}

// until waits for a list that is as wanted.
func (f *follower[T]) until(t *testing.T, ok func([]T) bool) {
	t.Helper()
	late := time.After(time.Minute)
	for !ok(f.latest()) {
		select {
		case <-f.came:
		case <-late:
			t.Fatalf("the store handed over %.1000v", f.latest())
		}
	}
}

// questionFollower follows the saved questions.
type questionFollower struct {
	*follower[askwire.SavedQuestion]
}

func follow(s *Store) questionFollower {
	f := questionFollower{newFollower[askwire.SavedQuestion]()}
	s.Follow(Followers{Questions: f.take})
	return f
}

// names are name/owner, with ! for those that are verified.
func names(list []askwire.SavedQuestion) string {
	var out []string
	for _, q := range list {
		mark := ""
		if q.Verified {
			mark = "!"
		}
		out = append(out, q.Name+"/"+q.Owner+mark)
	}
	return strings.Join(out, " ")
}

// named waits for the names to be these.
func (f questionFollower) named(t *testing.T, want string) {
	t.Helper()
	f.until(t, func(list []askwire.SavedQuestion) bool { return names(list) == want })
}

func savedBy(owner, name string) *askwire.SavedQuestion {
	return &askwire.SavedQuestion{
		Name: name, Owner: owner, Backend: "main", Database: "shop", Questions: []string{"지난달 매출은? it's \\ 😀"},
		SQL:     "SELECT SUM(amount) FROM orders WHERE ordered_on >= :period1_from AND note <> 'it''s \\\\'",
		Columns: map[string]string{"shop.orders.amount": "decimal(12,2)"}, SavedAt: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC),
	}
}

func TestQuestions(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		o, o2 := options(t, e.DSN, schema), options(t, e.DSN, schema)
		o2.poll = 20 * time.Millisecond
		s, other := start(t, o), start(t, o2) // two proxies
		ready(t, s)
		ready(t, other)
		here, there := follow(s), follow(other)

		q := savedBy("ana", "sales")
		if err := s.Save(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if got := names(here.latest()); got != "sales/ana" {
			t.Errorf("at once, where it was saved: %q", got)
		}
		there.named(t, "sales/ana")
		if got := there.latest()[0]; fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", *q) {
			t.Errorf("read back\n%+v, want\n%+v", got, *q)
		}
		for n, want := range map[int]askwire.Code{askwire.MaxQuestionName: 0, askwire.MaxQuestionName + 1: askwire.NameTooLong} {
			long := savedBy("cyd", strings.Repeat("매", n))
			if err := other.Save(t.Context(), long); (err == nil) != (want == 0) || err != nil && askwire.CodeOf(err) != want {
				t.Errorf("a name of %d characters: %v", n, err)
			}
			if want == 0 {
				if err := other.Forget(t.Context(), long); err != nil {
					t.Fatal(err)
				}
			}
		}
		bobs := savedBy("bob", "sales")
		if err := other.Save(t.Context(), bobs); err != nil {
			t.Fatal("two people cannot use one name:", err)
		}

		read := there.latest()[0]
		if err := other.Verify(t.Context(), &read, "vera"); err != nil {
			t.Fatal(err)
		}
		there.named(t, "sales/ana! sales/bob")
		if v := there.latest()[0]; v.VerifiedBy != "vera" || !v.VerifiedAt.Equal(o.Clock()) {
			t.Errorf("%+v", v)
		}

		// Saved anew, it is another question, and not verified; what was read before can be verified no more.
		again := savedBy("ana", "sales")
		again.SQL = "SELECT COUNT(*) FROM orders"
		if err := s.Save(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if again.ID != q.ID {
			t.Error("the id changed")
		}
		there.named(t, "sales/ana sales/bob")
		if err := other.Verify(t.Context(), &read, "vera"); askwire.CodeOf(err) != askwire.StaleQuestion {
			t.Errorf("verified what has changed: %v", err)
		}
		if err := s.Forget(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		there.named(t, "sales/bob")
		if err := other.Verify(t.Context(), again, "vera"); askwire.CodeOf(err) != askwire.StaleQuestion {
			t.Errorf("verified what is gone: %v", err)
		}

		long := savedBy("ana", "long")
		long.SQL = strings.Repeat("가", capStatement)
		if err := s.Save(t.Context(), long); askwire.CodeOf(err) != askwire.TooComplex {
			t.Errorf("too long: %v", err)
		}
	})
}

func TestQuestionsAreBounded(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	s := start(t, options(t, e.DSN, e.NewDatabase(t)))
	ready(t, s)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[askwire.Code]int{}
	for i := range 4 { // at the same time, so that nobody counts too few
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range maxSaved/4 + 5 {
				err := s.Save(t.Context(), savedBy("ana", fmt.Sprintf("q%d-%d", i, j)))
				mu.Lock()
				if err == nil {
					codes[askwire.Internal]++
				} else {
					codes[askwire.CodeOf(err)]++
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	if codes[askwire.Internal] != maxSaved || codes[askwire.UserLimit] != 20 {
		t.Errorf("%v", codes)
	}
}

func TestQuestionsWithoutServer(t *testing.T) {
	s := start(t, options(t, "root@tcp(127.0.0.1:1)/", "askwire"))
	follow(s)
	if err := s.Save(t.Context(), savedBy("ana", "sales")); askwire.CodeOf(err) != askwire.BackendUnavailable {
		t.Errorf("Save: %v", err)
	}
	if err := s.Feedback(t.Context(), "ana", "q1", true, ""); askwire.CodeOf(err) != askwire.BackendUnavailable {
		t.Errorf("Feedback: %v", err)
	}
	if _, err := s.Candidates(t.Context()); askwire.CodeOf(err) != askwire.BackendUnavailable {
		t.Errorf("Candidates: %v", err)
	}
}

func TestFeedbackAndCandidates(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		o := options(t, e.DSN, schema)
		o.candidateAge = -1
		s := start(t, o)
		ready(t, s)
		n := 0
		asked := func(user, question, draft string, change ...func(*askwire.QueryRecord)) string {
			n++
			r := record(fmt.Sprintf("id%d", n))
			r.User, r.Question, r.Draft = user, question, draft
			for _, c := range change {
				c(r)
			}
			s.Finish(t.Context(), r)
			return r.ID
		}
		asked("ana", "orders by day", "SELECT 1")
		asked("bob", "Orders  by day?", "SELECT 1")
		last := asked("bob", "orders by day.", "SELECT 1", func(r *askwire.QueryRecord) { r.At = r.At.Add(time.Second) })
		bad := ""
		for range 3 {
			asked("ana", "other SQL", fmt.Sprintf("SELECT %d", n))
			bad = asked("ana", "bad", "SELECT 2")
			asked("ana", "verified", "SELECT 3", func(r *askwire.QueryRecord) { r.Trust = askwire.Verified })
			asked("ana", "denied", "SELECT 4", func(r *askwire.QueryRecord) { r.Verdict = "denied" })
			asked("ana", "plain", "SELECT 5", func(r *askwire.QueryRecord) { r.Kind = "plain" })
			asked("ana", "old", "SELECT 6", func(r *askwire.QueryRecord) { r.At = r.At.AddDate(0, 0, -40) })
			asked("ana", "four times", "SELECT 7")
		}
		asked("ana", "four times", "SELECT 7")
		if err := s.Feedback(t.Context(), "ana", bad, true, "fine"); err != nil { // before the record is on the server
			t.Fatal(err)
		}
		if err := s.Feedback(t.Context(), "ana", bad, false, "wrong table: it's 😀"); err != nil {
			t.Fatal(err)
		}
		for user, id := range map[string]string{"bob": bad, "ana": "nothing"} {
			if err := s.Feedback(t.Context(), user, id, true, ""); askwire.CodeOf(err) != askwire.UnknownStatement {
				t.Errorf("%s judges %s: %v", user, id, err)
			}
		}
		shut(t, s)

		s = start(t, o)
		ready(t, s)
		if err := s.Feedback(t.Context(), "bob", bad, true, ""); askwire.CodeOf(err) != askwire.UnknownStatement {
			t.Errorf("bob judges ana's, of which only the server knows: %v", err)
		}
		if n := count(t, e.Open(t, schema), "SELECT COUNT(*) FROM feedback WHERE query_id = ? AND `user` = 'ana' AND good = 0 AND note = ?", bad, "wrong table: it's 😀"); n != 1 {
			t.Error("the feedback is not there, or twice")
		}
		for range 2 { // collected anew, the table holds the same
			got, err := s.Candidates(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, c := range got {
				lines = append(lines, fmt.Sprintf("%s %d %d %s %s %s", c.SQL, c.Asked, c.Users, c.Profile, c.Backend, c.Database))
			}
			if want := []string{"SELECT 1 3 2 customer main shop", "SELECT 7 4 1 customer main shop"}; !slices.Equal(lines, want) {
				t.Errorf("%q", lines)
			}
			if got[0].ID != last || !got[0].Last.Equal(record("").At.Add(time.Second)) {
				t.Errorf("%+v", got[0])
			}
		}
		r, err := s.Asked(t.Context(), "ana", bad)
		if err != nil || r.Backend != "main" || r.Database != "shop" || r.Draft != "SELECT 2" || !r.At.Equal(record("").At) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
