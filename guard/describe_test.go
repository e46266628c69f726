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
		{"SELECT TABLE_NAME FROM information_schema.TABLES", true, "SELECT `TABLE_NAME` FROM `information_schema`.`TABLES` AS `TABLES` WHERE `TABLES`.`TABLE_CATALOG` LIKE ''"},
		{"SELECT t.TABLE_NAME AS n FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = 'a' OR 1 = 1 ORDER BY n LIMIT 5", true,
			"SELECT `t`.`TABLE_NAME` AS `n` FROM `information_schema`.`TABLES` AS `t` WHERE `t`.`TABLE_CATALOG` LIKE '' AND (`t`.`TABLE_SCHEMA` = 'a' OR 1 = 1) ORDER BY `n` LIMIT 5"},
		{"SELECT x.n FROM (SELECT COUNT(*) AS n FROM information_schema.COLUMNS) AS x WHERE x.n > 1", true,
			"SELECT `x`.`n` FROM (SELECT COUNT(1) AS `n` FROM `information_schema`.`COLUMNS` AS `COLUMNS` WHERE `COLUMNS`.`TABLE_CATALOG` LIKE '') AS `x` WHERE `x`.`n` > 1"},
	} {
		if st, err := g.Describing(tt.sql, false, tt.run); err != nil || st.Text() != tt.want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", tt.sql, st.Text(), err, tt.want)
		}
	}
	for _, sql := range []string{"SELECT id FROM orders", "SELECT t.TABLE_NAME FROM information_schema.TABLES t WHERE EXISTS (SELECT 1 FROM orders)", "SELECT SLEEP(1) FROM information_schema.TABLES",
		"SELECT * FROM mysql.user", "SELECT", "SELECT User FROM information_schema.nothing", "DELETE FROM information_schema.TABLES"} {
		if st, err := g.Describing(sql, false, true); err == nil || st.Valid() {
			t.Errorf("%s is described: %s", sql, st.Text())
		}
	}
	if st, err := (Gate{}).Describing("SELECT 1", false, false); err == nil || st.Valid() {
		t.Error("without a profile something is described")
	}
}
