package nl

import (
	"testing"

	"github.com/askwire/askwire"
)

func TestRepairNames(t *testing.T) {
	table := func(name string, columns ...string) *askwire.Table {
		t := &askwire.Table{DB: "lab", Name: name}
		for _, c := range columns {
			t.Columns = append(t.Columns, askwire.Column{Name: c})
		}
		return t
	}
	snap := askwire.NewSnapshot(askwire.Snapshot{Tables: []*askwire.Table{
		table("exam", "ID", "Examination Date", "aCL-IgG", "ANA Pattern"),
		table("test", "ID", "T-BIL", "T-CHO", "first_name", "a-b", "a b"),
		table("other", "U-PRO"),
	}})
	for _, c := range []struct{ name, in, want string }{
		{"Divide", "SELECT DIVIDE(COUNT(*), 2) FROM test", "SELECT ((COUNT(*)) / (2)) FROM test"},
		{"Nested", "SELECT MULTIPLY(DIVIDE(SUM(ID), COUNT(ID)), 100) FROM test", "SELECT ((((SUM(ID)) / (COUNT(ID)))) * (100)) FROM test"},
		{"Subtract", "SELECT subtract(MAX(ID), MIN(ID)) FROM test", "SELECT ((MAX(ID)) - (MIN(ID))) FROM test"},
		{"ThreeArguments", "SELECT DIVIDE(1, 2, 3) FROM test", ""},
		{"OneArgument", "SELECT DIVIDE(1) FROM test", ""},
		{"NoEnd", "SELECT DIVIDE(1, 2 FROM test", ""},
		{"InString", "SELECT 'DIVIDE(1, 2)' FROM test", ""},
		{"Hyphen", "SELECT T_BIL FROM test WHERE test.T_CHO > 1", "SELECT `T-BIL` FROM test WHERE test.`T-CHO` > 1"},
		{"Blank", "SELECT Examination_Date FROM exam", "SELECT `Examination Date` FROM exam"},
		{"Apart", "SELECT e.Examination Date FROM exam e WHERE ANA Pattern = 'S'", "SELECT e.`Examination Date` FROM exam e WHERE `ANA Pattern` = 'S'"},
		{"OtherTable", "SELECT U_PRO FROM test", ""},
		{"TwoAlike", "SELECT a_b FROM test", ""},
		{"OwnAlias", "SELECT ID AS T_BIL FROM test ORDER BY T_BIL", ""},
		{"Exact", "SELECT first_name FROM test", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := repairFromCatalog(c.in, snap)
			if want := c.want; ok != (want != "") || ok && got != want {
				t.Errorf("got %q, %t, want %q", got, ok, want)
			}
		})
	}
}
