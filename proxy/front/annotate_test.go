package front

import (
	"fmt"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

func TestEdits(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"INSERT INTO askwire.tables (database_name, `Table_Name`) VALUES ('shop', 'it''s'), (NULL, \"x\\n\")",
			"tables [map[database_name:shop table_name:it's] map[database_name: table_name:x\n]] map[] map[]"},
		{"insert `ASKWIRE`.Terms (name) VALUE ('객단가');", "terms [map[name:객단가]] map[] map[]"},
		{"UPDATE askwire.columns SET name_ko = 'a', name_en = 'b' WHERE table_name = 't' AND column_name = 'c'",
			"columns [] map[name_en:b name_ko:a] map[column_name:c table_name:t]"},
		{"DELETE FROM askwire.relationships WHERE from_column = 'a.b.c'", "relationships [] map[] map[from_column:a.b.c]"},
		{"DELETE FROM askwire.tables", "tables [] map[] map[]"},
	} {
		cmd, err := Parse(c.in, Options{})
		a, ok := cmd.(*Annotate)
		if err != nil || !ok {
			t.Errorf("%s: %T %v", c.in, cmd, err)
			continue
		}
		if got := fmt.Sprint(a.Of, " ", a.Rows, " ", a.Set, " ", a.Where); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
	for _, in := range []string{ // the guard's to refuse
		"INSERT INTO orders (a) VALUES ('x')", "UPDATE shop.orders SET a = 'x'", "DELETE FROM orders", "INSERT INTO", "DELETE a FROM askwire.tables a",
		"UPDATE LOW_PRIORITY askwire.tables SET name_ko = 'x' WHERE table_name = 'y'",
	} {
		if cmd, err := Parse(in, Options{}); err != nil {
			t.Errorf("%s: %v", in, err)
		} else if _, ok := cmd.(Plain); !ok {
			t.Errorf("%s: %T", in, cmd)
		}
	}
	for _, in := range []string{
		"INSERT INTO askwire.tables VALUES ('a')", "INSERT INTO askwire.tables (a) VALUES (1)", "INSERT INTO askwire.tables (a) VALUES (UUID())",
		"INSERT INTO askwire.tables (a, b) VALUES ('x')", "INSERT INTO askwire.tables (a, a) VALUES ('x', 'y')", "INSERT INTO askwire.tables (a) VALUES ('x' 'y')",
		"INSERT INTO askwire.tables (a) VALUES ('x') ON DUPLICATE KEY UPDATE a = 'y'", "INSERT INTO askwire.tables (a) VALUES (?)",
		"INSERT INTO askwire.tables (a) VALUES (x'41')", "INSERT INTO askwire.tables (a) VALUES (_utf8'a')", "INSERT INTO askwire.tables (a) VALUES ('x'",
		"UPDATE askwire.tables SET a = 'x' WHERE b = 'y' OR 1", "UPDATE askwire.tables SET a = b WHERE b = 'y'", "UPDATE askwire.tables SET a = 'x', a = 'y' WHERE b = 'z'",
		"UPDATE askwire.tables SET a = 'x' WHERE b = 'y' LIMIT 1", "UPDATE askwire.tables t SET a = 'x'", "UPDATE askwire.tables WHERE a = 'b'",
		"DELETE FROM askwire.tables WHERE a = (SELECT 1)", "DELETE FROM askwire.tables USING askwire.terms", "DELETE FROM askwire.tables WHERE a = 'x'; DELETE FROM askwire.terms",
	} {
		if cmd, err := Parse(in, Options{}); askwire.CodeOf(err) != askwire.Syntax {
			t.Errorf("%s: %T %v", in, cmd, err)
		}
	}
	if cmd, err := Parse(`UPDATE askwire.tables SET a = "x" WHERE b = 'y'`, Options{Mode: lex.Mode{ANSIQuotes: true}}); askwire.CodeOf(err) != askwire.Syntax {
		t.Errorf("a quoted name as a value: %T %v", cmd, err)
	}
}
