package enginetest_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// TestEach is the contract of every engine: it says what it is, and takes tables, keys, comments and rows.
func TestEach(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		if want := map[engine.Kind]string{engine.MariaDB: "MariaDB", engine.MariaDB11: "11.", engine.TiDB: "TiDB"}[s.Kind]; !strings.Contains(s.Version, want) {
			t.Errorf("version %q, want %q in it", s.Version, want)
		}
		name := s.NewDatabase(t)
		db := s.Open(t, name)
		for _, q := range []string{
			"CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL COMMENT '이름', KEY by_name (name)) COMMENT '고객'",
			"CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, total DECIMAL(10,2), FOREIGN KEY (customer_id) REFERENCES customers (id))",
			"INSERT INTO customers VALUES (1, '김하늘'), (2, 'Ana')",
			"INSERT INTO orders VALUES (1, 1, 10.50), (2, 1, 4.50), (3, 2, NULL)",
		} {
			if _, err := db.ExecContext(t.Context(), q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		var who, sum string
		err := db.QueryRowContext(t.Context(), "SELECT c.name, SUM(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name HAVING SUM(o.total) > ?", 1).Scan(&who, &sum)
		if err != nil || who != "김하늘" || sum != "15.00" {
			t.Errorf("sum of orders: %q %q %v", who, sum, err)
		}
		var comment string
		err = db.QueryRowContext(t.Context(), "SELECT column_comment FROM information_schema.columns WHERE table_schema = ? AND table_name = 'customers' AND column_name = 'name'", name).Scan(&comment)
		if err != nil || comment != "이름" {
			t.Errorf("column comment: %q %v", comment, err)
		}
		var ref string
		err = db.QueryRowContext(t.Context(), "SELECT referenced_table_name FROM information_schema.key_column_usage WHERE table_schema = ? AND table_name = 'orders' AND referenced_table_name IS NOT NULL", name).Scan(&ref)
		if err != nil || ref != "customers" {
			t.Errorf("foreign key: %q %v", ref, err)
		}
		if want := s.Kind.Family(); s.Family != want || want == askwire.Family("") {
			t.Errorf("family %q, want %q", s.Family, want)
		}
	})
}

// TestDatabase: a database of a fixed name is empty at first, and gone afterwards.
func TestDatabase(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	for range 2 {
		t.Run("OK", func(t *testing.T) {
			s.Database(t, "enginetest_fixed")
			if _, err := s.Open(t, "enginetest_fixed").ExecContext(t.Context(), "CREATE TABLE t (a INT)"); err != nil {
				t.Error(err)
			}
		})
	}
	var n int
	if err := s.DB(t).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = 'enginetest_fixed'").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d databases left, %v", n, err)
	}
}

// TestKept: what was written to a kept directory is there after a stop and a start.
func TestKept(t *testing.T) {
	enginetest.UseWorkingTree()
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL, engine.MariaDB11, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			if _, ok := engine.Find(kind); !ok && os.Getenv("ALLOW_MISSING_ENGINES") == "1" {
				t.Skipf("%s is not on this machine, and ALLOW_MISSING_ENGINES=1", kind)
			}
			dir := t.TempDir()
			for i, q := range []string{"CREATE DATABASE kept", "CREATE TABLE kept.t (a INT)", "DROP TABLE kept.t"} {
				s, err := engine.Start(t.Context(), engine.Options{Kind: kind, Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				db, err := sql.Open("mysql", s.DSN)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := db.ExecContext(t.Context(), q); err != nil {
					t.Errorf("start %d: %s: %v", i+1, q, err)
				}
				_ = db.Close()
				if err := s.Stop(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if _, err := engine.Start(t.Context(), engine.Options{Kind: engine.Embedded, Dir: t.TempDir()}); askwire.CodeOf(err) != askwire.NotSupported {
		t.Errorf("embedded with a folder: %v", err)
	}
}
