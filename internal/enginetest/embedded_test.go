package enginetest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// script is run on the embedded engine and on MariaDB. Each line's outcome must be the same: rows, the number of rows
// changed, or the error's number.
var script = []string{
	`CREATE TABLE city (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL, UNIQUE KEY by_name (name))`,
	`CREATE TABLE person (id INT PRIMARY KEY, city_id INT, name VARCHAR(20), born DATE, KEY by_city (city_id), CONSTRAINT lives FOREIGN KEY (city_id) REFERENCES city (id))`,
	`CREATE TABLE visit (person_id INT, day DATE, n INT NOT NULL DEFAULT 1, PRIMARY KEY (person_id, day))`,
	`CREATE TABLE note (t VARCHAR(20), n INT)`,
	`INSERT INTO city (name) VALUES ('서울'), ('부산'), ('Berlin')`,
	`SELECT LAST_INSERT_ID()`,
	`INSERT INTO city (name) VALUES ('BERLIN')`, // the collation knows no case
	`INSERT INTO city VALUES (10, 'Lyon')`,
	`INSERT INTO city (name) VALUES ('Oslo')`,
	`SELECT * FROM city ORDER BY id`,
	`INSERT INTO person VALUES (1, 1, '김하늘', '1990-02-28'), (2, 3, 'Ana', NULL), (3, NULL, 'Bo', '2001-12-31')`,
	`INSERT INTO person VALUES (4, 99, 'lost', NULL)`,
	`INSERT INTO person VALUES (5, 1, 'x', NULL), (1, 1, 'twice', NULL)`,
	`SELECT COUNT(*) FROM person`, // the failed statement left nothing
	`DELETE FROM city WHERE id = 1`,
	`UPDATE person SET city_id = 2 WHERE id = 1`,
	`DELETE FROM city WHERE id = 1`,
	`SELECT p.name, c.name FROM person p LEFT JOIN city c ON c.id = p.city_id ORDER BY p.id`,
	`SELECT id FROM person WHERE city_id = 2`,
	`SELECT id FROM person WHERE city_id = 1`,
	`SELECT id FROM person WHERE city_id IS NULL`,
	`SELECT id FROM person WHERE city_id IN (2, 3, 3) ORDER BY id`,
	`SELECT id FROM person WHERE city_id = '3'`,
	`SELECT id FROM person WHERE id = 2.5`,
	`SELECT id FROM person WHERE id BETWEEN 2 AND 9 ORDER BY id DESC`,
	`SELECT id FROM city WHERE name = 'berlin'`,
	`INSERT INTO visit (person_id, day) VALUES (1, '2025-01-01'), (1, '2025-01-02'), (2, '2025-01-01')`,
	`INSERT INTO visit (person_id, day) VALUES (1, '2025-01-01') ON DUPLICATE KEY UPDATE n = n + 1`,
	`INSERT INTO visit (person_id, day) VALUES (1, '2025-01-01'), (1, '2025-01-03') ON DUPLICATE KEY UPDATE n = n + VALUES(n)`,
	`INSERT IGNORE INTO visit (person_id, day) VALUES (1, '2025-01-01'), (3, '2025-01-01')`,
	`REPLACE INTO visit VALUES (2, '2025-01-01', 50)`,
	`SELECT person_id, day, n FROM visit ORDER BY person_id, day`,
	`SELECT n FROM visit WHERE person_id = 1 AND day = '2025-01-01'`,
	`UPDATE visit SET day = '2025-02-01' WHERE person_id = 1 AND day = '2025-01-03'`,
	`UPDATE visit SET day = '2025-01-01' WHERE person_id = 1 AND day = '2025-02-01'`,
	`UPDATE visit SET n = n + 100`,
	`SELECT SUM(n), COUNT(DISTINCT person_id) FROM visit`,
	`DELETE FROM visit WHERE n > 140`,
	`INSERT INTO visit (person_id, day) VALUES (2, '2025-01-01')`,
	`SELECT person_id, day, n FROM visit ORDER BY person_id, day`,
	`INSERT INTO note VALUES ('a', 1), ('a', 1), ('b', 2)`,
	`DELETE FROM note WHERE t = 'a' LIMIT 1`,
	`UPDATE note SET n = 7 WHERE t = 'b'`,
	`INSERT INTO note SELECT * FROM note`,
	`SELECT t, n FROM note ORDER BY t, n`,
	`ALTER TABLE note ADD COLUMN seen INT NOT NULL DEFAULT 3`,
	`ALTER TABLE note ADD INDEX by_t (t)`,
	`SELECT t, n, seen FROM note WHERE t = 'b'`,
	`ALTER TABLE note MODIFY COLUMN n BIGINT`,
	`ALTER TABLE note DROP COLUMN seen`,
	`SELECT t, n FROM note WHERE t = 'a'`,
	`TRUNCATE TABLE note`,
	`SELECT COUNT(*) FROM note`,
	`RENAME TABLE note TO remark`,
	`INSERT INTO remark (t) VALUES ('c')`,
	`SELECT t, n FROM remark WHERE t = 'c'`,
	`CREATE VIEW residents AS SELECT name FROM person WHERE city_id IS NOT NULL`,
	`SELECT name FROM residents ORDER BY name`,
	`DROP TABLE remark`,
	`CREATE TABLE sale (id INT PRIMARY KEY, shop VARCHAR(10), amount DECIMAL(12,2), n INT, rate DOUBLE)`,
	`INSERT INTO sale VALUES (1, 'a', 10.50, 3, 0.5), (2, 'a', 4.50, 20000000, 0.25), (3, 'b', NULL, 7, NULL), (4, 'b', 99999999.99, 7, 1.5)`,
	`SELECT SUM(amount), SUM(n), AVG(n), AVG(amount), SUM(rate), AVG(rate) FROM sale`,
	`SELECT shop, SUM(amount) AS total, COUNT(*) FROM sale GROUP BY shop HAVING SUM(amount) > 1 ORDER BY SUM(amount) DESC`,
	`SELECT shop, ROUND(AVG(amount), 1) AS a FROM sale GROUP BY shop ORDER BY a`,
	`SELECT SUM(DISTINCT n), COUNT(DISTINCT n), AVG(DISTINCT n) FROM sale`,
	`SELECT SUM(amount), AVG(amount), SUM(n) FROM sale WHERE id > 100`,
	`SELECT SUM(amount > 5), SUM(amount * n), SUM(n) / COUNT(*) FROM sale`,
	`SELECT id, SUM(amount) OVER (PARTITION BY shop ORDER BY id) AS running FROM sale ORDER BY id`,
	`SELECT id, SUM(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS two, SUM(rate) OVER () AS r FROM sale ORDER BY id`,
	`SELECT id, ROUND(AVG(n) OVER (PARTITION BY shop), 2) AS a FROM sale ORDER BY id`,
	`SELECT t.shop, t.s * 2 FROM (SELECT shop, SUM(amount) AS s FROM sale GROUP BY shop) t ORDER BY t.shop`,
	`SELECT shop, SUM(amount) / (SELECT SUM(a.amount) FROM sale a) AS share FROM sale GROUP BY shop ORDER BY shop`,
	`SELECT SUM(CASE WHEN shop = 'a' THEN amount ELSE 0 END) AS a, SUM(IF(shop = 'b', 1, 0)) AS b FROM sale`,
	`CREATE VIEW totals AS SELECT shop, SUM(amount) AS total FROM sale GROUP BY shop`,
	`SELECT shop, total FROM totals ORDER BY shop`,
	`SELECT * FROM remark`,
}

// TestEmbeddedAsMariaDB: what the demo and the store do to tables has the same outcome on the embedded engine.
func TestEmbeddedAsMariaDB(t *testing.T) {
	var conns []*sql.Conn
	for _, kind := range []engine.Kind{engine.MariaDB, engine.Embedded} {
		s := enginetest.Get(t, kind)
		conn, err := s.Open(t, s.NewDatabase(t)).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	for _, q := range script {
		want, got := outcome(t.Context(), conns[0], q), outcome(t.Context(), conns[1], q)
		if want != got {
			t.Errorf("%s\nMariaDB:  %s\nembedded: %s", q, want, got)
		}
	}
}

// TestEmbeddedBulk: a load of 60,000 rows into a table with keys stays fast enough to wait for. The tables that the engine
// brings itself would need minutes: the test's own time limit is the check.
func TestEmbeddedBulk(t *testing.T) {
	s := enginetest.Get(t, engine.Embedded)
	db := s.Open(t, s.NewDatabase(t))
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE big (id INT PRIMARY KEY, g INT NOT NULL, name VARCHAR(20), KEY by_g (g), UNIQUE KEY by_name (name))"); err != nil {
		t.Fatal(err)
	}
	const batches, size = 60, 1000
	for b := range batches {
		var q strings.Builder
		q.WriteString("INSERT INTO big VALUES ")
		for i := range size {
			if i > 0 {
				q.WriteByte(',')
			}
			id := b*size + i
			fmt.Fprintf(&q, "(%d, %d, 'name %d')", id, id%100, id)
		}
		if _, err := db.ExecContext(t.Context(), q.String()); err != nil {
			t.Fatal(err)
		}
	}
	var n, sum int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*), SUM(b.id) FROM big a JOIN big b ON b.id = a.id + 1 WHERE a.g = 7").Scan(&n, &sum); err != nil {
		t.Fatal(err)
	}
	if want := 600*8 + 100*600*599/2; n != 600 || sum != want {
		t.Errorf("join: %d rows, sum %d; want 600 and %d", n, sum, want)
	}
	r, err := db.ExecContext(t.Context(), "DELETE FROM big WHERE g < 90")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); err != nil || n != batches*size*9/10 {
		t.Errorf("deleted %d rows, %v", n, err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM big WHERE name = 'name 59999' OR id = 5").Scan(&n); err != nil || n != 1 {
		t.Errorf("after the deletion: %d rows, %v", n, err)
	}
}

// outcome runs a statement and says what came of it.
func outcome(ctx context.Context, conn *sql.Conn, q string) string {
	if !strings.HasPrefix(q, "SELECT") {
		r, err := conn.ExecContext(ctx, q)
		if err != nil {
			return number(err)
		}
		n, err := r.RowsAffected()
		if strings.HasPrefix(q, "INSERT") || strings.HasPrefix(q, "UPDATE") || strings.HasPrefix(q, "DELETE") || strings.HasPrefix(q, "REPLACE") {
			return fmt.Sprint(n, " rows changed ", err)
		}
		return "done"
	}
	rows, err := conn.QueryContext(ctx, q)
	if err != nil {
		return number(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err.Error()
		}
		for _, v := range values {
			if !v.Valid {
				v.String = "NULL"
			}
			b.WriteString(v.String + "|")
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		return number(err)
	}
	return b.String()
}

func number(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return fmt.Sprintf("error %d", e.Number)
	}
	return err.Error()
}
