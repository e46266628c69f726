package clients

import "testing"

func TestClasses(t *testing.T) {
	if len(Classes) > MaxClasses {
		t.Errorf("%d classes of differences, at most %d", len(Classes), MaxClasses)
	}
	for _, c := range Classes {
		if c.Name == "" || c.Reason == "" || c.Field == nil || c.On != "wire" && c.On != "client" {
			t.Errorf("class %q lacks something", c.Name)
		}
	}
	for _, field := range []string{"[0].Columns", "[0].Columns[2].Type", "[0].Columns[2].Length", "[0].Columns[2].Flags", "[0].Columns[2].Charset", "[0].Columns[0].Decimals",
		"[0].Rows.First[0][1]", "[0].Rows.Sum", "[0].Rows.Count", "[0].Rows", "[0].Error", "[0].Error.Number", "[0].Error.SQLState", "rows[0][0]", "columns[0]", "error.number",
		"error.sqlstate"} {
		for _, on := range []string{"wire", "client"} {
			for _, statement := range []string{"greeting", "COM_QUERY SHOW TABLES", "SELECT 1", "error"} {
				if c, ok := ClassOf(Difference{On: on, Statement: statement, Field: field}); ok {
					t.Errorf("%s, %s, %s is excused as %s", on, statement, field, c.Name)
				}
			}
		}
	}
	if c, ok := ClassOf(Difference{On: "wire", Statement: "COM_QUERY SELEC 1", Field: "[0].Error.Message"}); !ok || c.Name != "wording" {
		t.Errorf("a message is of class %q, %v", c.Name, ok)
	}
}
