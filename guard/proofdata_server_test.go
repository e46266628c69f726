package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// loadCanaries makes the shop's tables with few rows, and the canaries.
func (w *proofServer) loadCanaries(t testing.TB) {
	t.Helper()
	schema, err := os.ReadFile("testdata/shop.sql")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, "USE shop")
	for _, q := range strings.Split(string(schema), ";") {
		if q = strings.TrimSpace(q); strings.HasPrefix(q, "CREATE TABLE") || strings.HasPrefix(q, "CREATE VIEW") {
			w.exec(t, q)
		}
	}
	w.seed = 400
	w.rows(t, "products(name, price, category)", 40, func(n int) string {
		return fmt.Sprintf("('prod%d', %d.99, '%s')", n, n*37%500, []string{"book", "toy", "food", "tech"}[n%4])
	})
	w.rows(t, "customers(name, email, phone, ssn, city, created_at)", 60, func(n int) string {
		return fmt.Sprintf(`('cust %d', 'c%d@x.com', '+4420%d', '123-45-%04d', '%s', '2023-01-%02d 05:00:00')`, n, n, n, n, []string{"Oslo", "Lima", "Bonn", "Pune", "O''Fallon"}[n%5], 1+n%28)
	})
	w.rows(t, "orders(customer_id, product_id, amount, status, ordered_at)", w.seed, func(n int) string {
		return fmt.Sprintf("(%d, %d, %d.%d, '%s', '2024-01-%02d %02d:%02d:00')", 1+n*13%60, 1+n*31%40, n*17%1000, n%10, []string{"paid", "open", "void"}[n%3], 1+n%28, n%24, n%60)
	})
	w.exec(t, "INSERT INTO orders VALUES (4242, 8, 5, 1.5, 'paid', '2024-02-02 00:00:00'), (401, 7, 3, NULL, NULL, NULL), (402, 7, NULL, -2.5, 'Paid', '2024-02-29 23:59:59')")
	w.exec(t, "INSERT INTO secrets(v) VALUES ('TOPSECRET-1'), ('TOPSECRET-2')")
	w.exec(t, "INSERT INTO salaries(emp, amount) VALUES ('canary-emp-1', 7731905.17), ('canary-emp-2', 7731905.17)")
	w.exec(t, "INSERT INTO `we ird.t``x` VALUES (1, 2)")
}

func (w *proofServer) rows(t testing.TB, into string, n int, row func(n int) string) {
	t.Helper()
	values := make([]string, n)
	for i := range values {
		values[i] = row(i + 1)
	}
	w.exec(t, "INSERT INTO shop."+into+" VALUES "+strings.Join(values, ", "))
}

// handWritten writes both policies as views, and copies what they show into tables without keys.
func (w *proofServer) handWritten(t testing.TB) {
	t.Helper()
	w.exec(t, "SET NAMES utf8mb4")
	key := w.policies[0].gate.Policy.hashKey
	columns := map[string]string{
		"customers": "id INT, name VARCHAR(60), email VARCHAR(80), phone VARCHAR(30), city VARCHAR(40), created_at DATETIME",
		"orders":    "id INT, customer_id INT, product_id INT, amount DECIMAL(10,2), status VARCHAR(12), ordered_at DATETIME",
		"products":  "id INT, name VARCHAR(60), price DECIMAL(10,2), category VARCHAR(30)",
	}
	views := map[string]map[string]string{
		"shop_rows": {
			"customers": "SELECT id, name, SHA2(CONCAT('" + key + "', email), 256) AS email, CONCAT(LEFT(phone, 3), REPEAT('*', CHAR_LENGTH(phone) - 5), RIGHT(phone, 2)) AS phone, city, created_at FROM shop.customers WHERE id = 7",
			"orders":    "SELECT * FROM shop.orders WHERE customer_id = 7",
			"products":  "SELECT * FROM shop.products",
		},
		"shop_plain": {
			"customers": "SELECT id, name, email, phone, city, created_at FROM shop.customers",
			"orders":    "SELECT * FROM shop.orders",
			"products":  "SELECT * FROM shop.products",
		},
	}
	for database, of := range views {
		for _, other := range append([]string{""}, otherViews...) {
			w.exec(t, "CREATE DATABASE "+database+other+" CHARACTER SET utf8mb4")
		}
		for name, text := range of {
			w.exec(t, "CREATE VIEW "+database+"."+name+" AS "+text)
			w.exec(t, "CREATE VIEW "+database+"_limit."+name+" AS "+text+" LIMIT 18446744073709551615")
			for copied, order := range map[string]string{"_up": "ASC", "_down": "DESC"} {
				w.exec(t, "CREATE TABLE "+database+copied+"."+name+" ("+columns[name]+")")
				w.exec(t, "INSERT INTO "+database+copied+"."+name+" SELECT * FROM "+database+"."+name+" ORDER BY id "+order)
			}
		}
	}
}

// state is everything that a statement could have changed: rows, tables, accounts, settings, files.
func (w *proofServer) state(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, customer_id, product_id, amount, status, ordered_at))) FROM shop.orders",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, name, email, phone, ssn, city, created_at))) FROM shop.customers",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, name, price, category))) FROM shop.products",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, v))) FROM shop.secrets",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, emp, amount))) FROM shop.salaries",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE))) FROM information_schema.TABLES",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', ROUTINE_SCHEMA, ROUTINE_NAME))) FROM information_schema.ROUTINES",
		"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', User, Host))) FROM mysql.user",
		"SELECT @@GLOBAL.sql_mode, @@GLOBAL.max_connections, @@GLOBAL.time_zone, @@GLOBAL.general_log, @@GLOBAL.read_only, @@GLOBAL.autocommit, @@GLOBAL.group_concat_max_len",
	} {
		r, err := w.look(q)
		if err != nil {
			t.Fatalf("%s: %s: %v", w.server.Kind, q, err)
		}
		fmt.Fprintln(&b, r.rows)
	}
	fmt.Fprintln(&b, w.outfiles(t))
	return b.String()
}

// outfiles lists what statements have written into the server's own folder, which is where a name without a folder is written.
func (w *proofServer) outfiles(t testing.TB) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(w.server.Dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, "outfile") {
			found = append(found, path)
		}
		if errors.Is(err, fs.ErrNotExist) { // the server's own, gone meanwhile
			return nil
		}
		return err
	})
	if err != nil || w.server.Dir == "" {
		t.Fatalf("%s: its files: %v", w.server.Kind, err)
	}
	return found
}

// seesFiles makes sure that a file that a statement writes is part of the state: with one of the test's own.
func (w *proofServer) seesFiles(t testing.TB) {
	t.Helper()
	_, err := w.run(w.through, "SELECT 'x' INTO OUTFILE 'outfile.own'")
	found := w.outfiles(t)
	if errorNumber(err) == 1290 && w.server.Family == askwire.MySQL { // --secure-file-priv: it writes none
		return
	}
	if len(found) != 1 {
		t.Fatalf("%s: the file that a statement wrote (%v) is not seen: %v", w.server.Kind, err, found)
	}
	if err := os.Remove(found[0]); err != nil {
		t.Fatal(err)
	}
}

// readTables is the server's own account of the tables of the shop that were read, without those that every policy of
// the proof shows. It must be empty.
func (w *proofServer) readTables(t testing.TB) []string {
	t.Helper()
	const shown = "('customers', 'orders', 'products')"
	q := map[askwire.Family]string{
		askwire.MariaDB: "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA NOT LIKE 'shop\\_%' AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') AND TABLE_NAME NOT IN " + shown,
		askwire.MySQL:   "SELECT CONCAT(OBJECT_SCHEMA, '.', OBJECT_NAME) FROM performance_schema.table_io_waits_summary_by_table WHERE COUNT_READ > 0 AND OBJECT_SCHEMA NOT LIKE 'shop\\_%' AND OBJECT_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema') AND OBJECT_NAME NOT IN " + shown,
		askwire.TiDB:    "SELECT DISTINCT TABLE_NAMES FROM information_schema.STATEMENTS_SUMMARY WHERE STMT_TYPE = 'Select' AND (TABLE_NAMES LIKE '%secrets%' OR TABLE_NAMES LIKE '%salaries%' OR TABLE_NAMES LIKE '%v_all%' OR TABLE_NAMES LIKE '%we ird%')",
	}[w.server.Family]
	r, err := w.look(q)
	if err != nil {
		t.Fatalf("%s: %s: %v", w.server.Kind, q, err)
	}
	return r.rows
}

// forgetReads empties the server's account after the test's own reads of the canaries.
func (w *proofServer) forgetReads(t testing.TB) {
	t.Helper()
	switch w.server.Family {
	case askwire.MariaDB:
		w.exec(t, "FLUSH TABLE_STATISTICS")
	case askwire.MySQL:
		w.exec(t, "TRUNCATE TABLE performance_schema.table_io_waits_summary_by_table")
	case askwire.TiDB: // its account of statements is kept for each statement's text: switching it off empties it
		w.exec(t, "SET GLOBAL tidb_enable_stmt_summary = OFF")
		w.exec(t, "SET GLOBAL tidb_enable_stmt_summary = ON")
	}
}
