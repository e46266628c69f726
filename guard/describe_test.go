package guard

import (
	"testing"

	"github.com/askwire/askwire"
)

func TestDescribing(t *testing.T) {
	g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(askwire.MySQL)), Session: Session{Database: "shop", Metadata: true}}
	for _, tt := range []struct {
		sql  string
		run  bool
		want string
	}{
		{"SELECT TABLE_NAME FROM information_schema.TABLES", false, "SELECT `TABLE_NAME` FROM `information_schema`.`TABLES` AS `TABLES`"},
		{"SELECT TABLE_NAME FROM information_schema.TABLES", true, "SELECT `TABLE_NAME` FROM `information_schema`.`TABLES` AS `TABLES` WHERE `TABLES`.`TABLE_NAME` LIKE ''"},
		{"SELECT t.TABLE_NAME AS n FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = 'a' OR 1 = 1 ORDER BY n LIMIT 5", true,
			"SELECT `t`.`TABLE_NAME` AS `n` FROM `information_schema`.`TABLES` AS `t` WHERE `t`.`TABLE_NAME` LIKE '' AND (`t`.`TABLE_SCHEMA` = 'a' OR 1 = 1) ORDER BY `n` LIMIT 5"},
		{"SELECT x.n FROM (SELECT COUNT(*) AS n FROM information_schema.COLUMNS) AS x WHERE x.n > 1", true,
			"SELECT `x`.`n` FROM (SELECT COUNT(1) AS `n` FROM `information_schema`.`COLUMNS` AS `COLUMNS` WHERE `COLUMNS`.`TABLE_NAME` LIKE '') AS `x` WHERE `x`.`n` > 1"},
		// As MariaDB's ODBC driver lists columns: a variable that is read has the type that it has before it was assigned to.
		{"SELECT CASE DATA_TYPE WHEN 'int' THEN @t := 4 ELSE @t:=-1 END AS a, @t, 1 + (@u := @t OR 1) FROM information_schema.COLUMNS", true,
			"SELECT CASE `DATA_TYPE` WHEN 'int' THEN @`described t` := 4 ELSE @`described t` := -1 END AS `a`, @`described t` AS `@t`, 1 + (@`described u` := @`described t` OR 1) AS `1 + (@u := @t OR 1)` " +
				"FROM `information_schema`.`COLUMNS` AS `COLUMNS` WHERE `COLUMNS`.`TABLE_NAME` LIKE ''"},
	} {
		if st, err := g.Describing(tt.sql, false, tt.run); err != nil || st.Text() != tt.want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", tt.sql, st.Text(), err, tt.want)
		}
	}
	for _, sql := range []string{"SELECT id FROM orders", "SELECT t.TABLE_NAME FROM information_schema.TABLES t WHERE EXISTS (SELECT 1 FROM orders)", "SELECT SLEEP(1) FROM information_schema.TABLES",
		"SELECT * FROM mysql.user", "SELECT @a := (SELECT id FROM orders)", "SELECT @a INTO @b", "SELECT @@x := 1", "SELECT", "SELECT User FROM information_schema.nothing", "DELETE FROM information_schema.TABLES"} {
		if st, err := g.Describing(sql, false, true); err == nil || st.Valid() {
			t.Errorf("%s is described: %s", sql, st.Text())
		}
	}
	if _, err := g.Check("SELECT @t := 1, @t FROM information_schema.TABLES"); err == nil {
		t.Error("user variables are sent")
	}
	if st, err := (Gate{}).Describing("SELECT 1", false, false); err == nil || st.Valid() {
		t.Error("without a profile something is described")
	}
}
