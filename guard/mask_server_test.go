package guard

import (
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestPartialMask compares what servers make of a partial mask with what it promises: the first and the last characters,
// stars between them, the whole value hidden when there are no more than those, NULL as NULL. A VARCHAR and a TEXT column
// take different roads to the same.
func TestPartialMask(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		name := s.NewDatabase(t)
		db := s.Open(t, name)
		mustExec(t, db, "CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(20), w TEXT)")
		snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: s.Family}, Tables: []*askwire.Table{{DB: name, Name: "p", Columns: []askwire.Column{
			{Name: "id", Type: "int", DataType: "int"}, {Name: "v", Type: "varchar(20)", DataType: "varchar"}, {Name: "w", Type: "text", DataType: "text"}}}}})
		g := Gate{Policy: compile(t, &askwire.Profile{Tables: []string{name + ".p"}, Masks: map[string]string{name + ".p.v": "partial(3, 4)", name + ".p.w": "partial(3, 4)"}}, snap)}
		null := "NULL"
		for id, tt := range []struct{ in, want string }{
			{null, null}, {"", ""}, {"a", "*"}, {"1234567", "*******"}, {"12345678", "123*5678"}, {"010-1234-5678", "010******5678"},
			{"12345678901234567890", "123*************7890"}, {"가나다라마바사아자", "가나다**바사아자"}, {"it's\\ok!!", "it'**ok!!"},
		} {
			var value any = tt.in
			if tt.in == null {
				value = nil
			}
			if _, err := db.Exec("INSERT INTO p VALUES (?, ?, ?)", id, value, value); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"SELECT v, w FROM p WHERE id = " + itoa(int64(id)), "SELECT x.v, x.w FROM p AS x, (SELECT 1 AS one) AS y WHERE x.id = " + itoa(int64(id))} {
				g.Session.Database = name
				g.Policy.cartesian = true
				st, err := g.Check(text)
				if err != nil {
					t.Fatal(err)
				}
				var v, w *string
				if err := db.QueryRow(st.Text()).Scan(&v, &w); err != nil {
					t.Fatalf("%s: %v", st.Text(), err)
				}
				for _, got := range []*string{v, w} {
					if shown := orNull(got); shown != tt.want {
						t.Errorf("%q: %q, want %q", tt.in, shown, tt.want)
					}
				}
			}
		}
	})
}

func orNull(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}
