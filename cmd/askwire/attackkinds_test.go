package main

import (
	"fmt"

	"github.com/askwire/askwire/internal/engine"
)

// attackKinds makes tables with all kinds of columns and keys, of which ana sees two rows each. In the second world there are a
// thousand hidden ones more, so that statistics and plans differ.
func attackKinds(kind engine.Kind, world int) []string {
	unseen := "INVISIBLE"
	if kind == engine.TiDB { // has no such columns
		unseen = ""
	}
	texts := []string{
		"CREATE TABLE kinds (id BIGINT PRIMARY KEY, owner INT NOT NULL, n INT, u BIGINT UNSIGNED, d DECIMAL(20,4), f DOUBLE, y YEAR, b BIT(8), e ENUM('a','b','c'), s SET('a','b','c'), " +
			"t VARCHAR(40), tb VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, l1 VARCHAR(40) CHARACTER SET latin1, c CHAR(10), bin VARBINARY(20), " +
			"dt DATE, tm TIME, at DATETIME(3), ts TIMESTAMP NULL, j JSON, long_text TEXT, twice INT AS (n * 2) STORED, low VARCHAR(40) AS (LOWER(t)) VIRTUAL, unseen INT " + unseen + " DEFAULT 3, " +
			"KEY k_n (n), KEY k_u (u), KEY k_d (d), KEY k_f (f), KEY k_y (y), KEY k_b (b), KEY k_e (e), KEY k_s (s), KEY k_t (t), KEY k_tb (tb), KEY k_l1 (l1), KEY k_c (c), KEY k_bin (bin), " +
			"KEY k_dt (dt), KEY k_tm (tm), KEY k_at (at), KEY k_ts (ts), KEY k_long (long_text(5)), KEY k_twice (twice), KEY k_low (low), UNIQUE KEY k_two (owner, n))",
		"CREATE TABLE parts (id INT NOT NULL, owner INT NOT NULL, v VARCHAR(30), PRIMARY KEY (id)) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION canary_part VALUES LESS THAN MAXVALUE)",
		"INSERT INTO parts VALUES (1, 7, 'mine'), (2, 7, 'my'), (3, 8, 'CANARY'), (11, 8, 'CANARY further')",
	}
	const columns = "INSERT INTO kinds (id, owner, n, u, d, f, y, b, e, s, t, tb, l1, c, bin, dt, tm, at, ts, j, long_text) "
	row := func(id, owner, n int, t, day string) {
		texts = append(texts, fmt.Sprintf(columns+"VALUES (%d, %d, %d, %[3]d, %[3]d.25, %[3]d.5, %[4]d, %[3]d, 'b', 'a,c', '%[5]s', '%[5]s', '%[5]s', LEFT('%[5]s', 10), '%[5]s', "+
			"'%[6]s', '10:11:12', '%[6]s 04:05:06.789', '%[6]s 04:05:06', '{\"a\": \"%[5]s\"}', '%[5]s')", id, owner, n, 2000+n, t, day))
	}
	row(1, 7, 10, "mine", "2001-02-03")
	row(2, 7, 20, "my other", "2001-02-04")
	if world == 0 {
		row(5, 8, 30, "CANARY", "2003-03-03")
		return texts
	}
	const ten = "(SELECT 0 AS i UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)"
	row(5, 8, 99, "zebra", "2004-03-03")
	row(6, 9, 40, "5 CANARY", "2004-04-04")
	return append(texts, columns+"SELECT 100 + a.i + 10 * b.i + 100 * c.i, 10 + a.i + 10 * b.i + 100 * c.i, 500, 500, 500, 500, 2005, 5, 'c', 'b', 'CANARY many', 'x', 'x', 'x', 'x', "+
		"'2005-05-05', '05:05:05', '2005-05-05 05:05:05', '2005-05-05 05:05:05', '{}', 'x' FROM "+ten+" a JOIN "+ten+" b JOIN "+ten+" c",
		"INSERT INTO parts SELECT id, 9, 'CANARY many' FROM kinds WHERE id >= 100")
}
