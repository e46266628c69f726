package catalog_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

const shop = `
CREATE TABLE customers (
  id INT NOT NULL PRIMARY KEY COMMENT 'customer number',
  name VARCHAR(80) NOT NULL COMMENT '고객 이름',
  city VARCHAR(40) NULL DEFAULT 'Seoul' COMMENT '도시 (city)',
  email VARCHAR(120) NOT NULL,
  joined_at DATETIME NULL,
  UNIQUE KEY uk_email (email)
) COMMENT '고객 customers';
CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL COMMENT 'who ordered',
  total DECIMAL(10,2) NOT NULL DEFAULT '0.00',
  status VARCHAR(20) NOT NULL,
  KEY k_customer_status (customer_id, status),
  CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) COMMENT '주문';
CREATE VIEW big_orders AS SELECT id, total FROM orders WHERE total > 100`

func load(t testing.TB, db *sql.DB, script string) {
	t.Helper()
	for _, q := range strings.Split(script, ";\n") {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%v\n%s", err, q)
		}
	}
}

func open(t testing.TB, o catalog.Options) *catalog.Catalog {
	t.Helper()
	if o.Refresh == 0 {
		o.Refresh = time.Hour
	}
	c, err := catalog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestIntrospect(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		name := s.NewDatabase(t)
		db := s.Open(t, name)
		load(t, db, shop)
		var found []askwire.Drift
		c := open(t, catalog.Options{Name: "main", DSN: s.DSN, Schemas: []string{name}, OnDrift: func(d []askwire.Drift) { found = append(found, d...) }})
		if err := c.Status().Err; err != nil {
			t.Fatal(err)
		}
		snap := c.Snapshot()

		t.Run("Server", func(t *testing.T) {
			if snap.Server.Family != s.Family {
				t.Errorf("family %q, want %q", snap.Server.Family, s.Family)
			}
			if snap.Server.Version != s.Version || snap.Server.Major == 0 {
				t.Errorf("version %q (%d.%d), want %q", snap.Server.Version, snap.Server.Major, snap.Server.Minor, s.Version)
			}
			if !slices.Contains(snap.Server.Collations, "utf8mb4_bin") {
				t.Errorf("no utf8mb4_bin among %d collations", len(snap.Server.Collations))
			}
			if snap.Server.TimeZone == "" || strings.EqualFold(snap.Server.TimeZone, "SYSTEM") {
				t.Errorf("time zone %q is not resolved", snap.Server.TimeZone)
			}
			if snap.Server.Variables["max_allowed_packet"] == "" {
				t.Error("no max_allowed_packet among the variables")
			}
			for name, value := range snap.Server.Variables {
				if name != "time_zone" && name != "system_time_zone" && strings.HasPrefix(value, "/") {
					t.Errorf("variable %s tells a path: %s", name, value)
				}
			}
			t.Logf("%s %s, time zone %s, vectors %v, %d variables", snap.Server.Family, snap.Server.Version, snap.Server.TimeZone,
				snap.Server.Vectors, len(snap.Server.Variables))
		})
		t.Run("Tables", func(t *testing.T) {
			var names []string
			for _, x := range snap.Tables {
				names = append(names, x.Name)
			}
			if !slices.Equal(names, []string{"big_orders", "customers", "orders"}) {
				t.Fatalf("tables %v", names)
			}
			orders, customers, view := table(t, snap, name, "orders"), table(t, snap, name, "customers"), table(t, snap, name, "big_orders")
			if !view.View || orders.View || view.Comment != "" {
				t.Errorf("views: %v %v, comment %q", view.View, orders.View, view.Comment)
			}
			if orders.Comment != "주문" || customers.Comment != "고객 customers" {
				t.Errorf("comments %q, %q", orders.Comment, customers.Comment)
			}
			if !slices.Equal(orders.PrimaryKey, []string{"id"}) {
				t.Errorf("primary key %v", orders.PrimaryKey)
			}
			if i := slices.IndexFunc(orders.Indexes, func(x askwire.Index) bool { return x.Name == "k_customer_status" }); i < 0 ||
				orders.Indexes[i].Unique || !slices.Equal(orders.Indexes[i].Columns, []string{"customer_id", "status"}) {
				t.Errorf("indexes %+v", orders.Indexes)
			}
			if i := slices.IndexFunc(customers.Indexes, func(x askwire.Index) bool { return x.Name == "uk_email" }); i < 0 ||
				!customers.Indexes[i].Unique {
				t.Errorf("indexes %+v", customers.Indexes)
			}
			if len(orders.ForeignKeys) != 1 || orders.ForeignKeys[0].RefTable != "customers" || orders.ForeignKeys[0].RefDB != name ||
				!slices.Equal(orders.ForeignKeys[0].Columns, []string{"customer_id"}) ||
				!slices.Equal(orders.ForeignKeys[0].RefColumns, []string{"id"}) {
				t.Errorf("foreign keys %+v", orders.ForeignKeys)
			}
			if len(snap.Relationships) != 1 || snap.Relationships[0].From.String() != name+".orders.customer_id" ||
				snap.Relationships[0].To.String() != name+".customers.id" {
				t.Errorf("relationships %v", snap.Relationships)
			}
		})
		t.Run("Columns", func(t *testing.T) {
			customers := table(t, snap, name, "customers")
			var names []string
			for _, x := range customers.Columns {
				names = append(names, x.Name)
			}
			if !slices.Equal(names, []string{"id", "name", "city", "email", "joined_at"}) {
				t.Fatalf("columns %v", names)
			}
			city := customers.Columns[2]
			if city.Type != "varchar(40)" || city.DataType != "varchar" || !city.Nullable || city.Default == nil || *city.Default != "Seoul" ||
				city.Comment != "도시 (city)" || city.Charset != "utf8mb4" || city.Collation == "" {
				t.Errorf("city: %+v", city)
			}
			if id := customers.Columns[0]; id.Key != "PRI" || id.Nullable || id.Default != nil {
				t.Errorf("id: %+v", id)
			}
			if joined := customers.Columns[4]; joined.Default != nil || joined.DataType != "datetime" {
				t.Errorf("joined_at: %+v", joined)
			}
			total, _ := table(t, snap, name, "orders").Column("TOTAL")
			if total == nil || total.Type != "decimal(10,2)" || total.Default == nil || strings.Trim(*total.Default, "0.") != "" {
				t.Errorf("total: %+v", total)
			}
		})
		t.Run("Refresh", func(t *testing.T) {
			refresh(t, c)
			if c.Snapshot() != snap {
				t.Fatal("an unchanged catalog made a new snapshot")
			}
			load(t, db, "ALTER TABLE orders ADD COLUMN note VARCHAR(200) NULL")
			refresh(t, c)
			next := c.Snapshot()
			if next.Version != snap.Version+1 {
				t.Errorf("version %d after %d", next.Version, snap.Version)
			}
			if a, b := table(t, snap, name, "orders"), table(t, next, name, "orders"); a.Fingerprint == b.Fingerprint {
				t.Error("a new column left the fingerprint as it was")
			}
			if a, b := table(t, snap, name, "customers"), table(t, next, name, "customers"); a.Fingerprint != b.Fingerprint {
				t.Error("the fingerprint of an unchanged table changed")
			}
			if _, ok := table(t, snap, name, "orders").Column("note"); ok {
				t.Error("the old snapshot was changed")
			}
			if s.Kind == engine.Embedded { // every ALTER of that engine words the table's defaults anew
				found = slices.DeleteFunc(found, func(d askwire.Drift) bool { return d.Kind == "text" && d.Column == "total" })
			}
			if len(found) != 1 || found[0].Table != "orders" || found[0].Column != "note" || found[0].Kind != "added" {
				t.Errorf("drift %+v", found)
			}
		})
		t.Run("Drift", func(t *testing.T) {
			found = nil
			load(t, db, "ALTER TABLE orders MODIFY note VARCHAR(100) NULL;\nALTER TABLE orders MODIFY status VARCHAR(20) NOT NULL COMMENT 'paid or not';\n"+
				"CREATE TABLE added (a INT);\nDROP VIEW big_orders")
			refresh(t, c)
			var got []string
			for _, d := range found {
				if d.Backend != "main" || d.Database != name || d.At.IsZero() {
					t.Errorf("%+v", d)
				}
				got = append(got, strings.TrimSpace(d.Kind+" "+d.Table+" "+d.Column))
			}
			want := []string{"added added", "dropped big_orders", "text orders status", "type orders note"}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("drift %q, want %q", got, want)
			}
			found = nil
			refresh(t, c)
			load(t, db, "ALTER TABLE orders DROP COLUMN note")
			refresh(t, c)
			if len(found) != 1 || found[0].Kind != "dropped" || !strings.HasPrefix(found[0].Was, "varchar(100)") || found[0].Is != "" {
				t.Errorf("drift %+v", found)
			}
		})
	})
}

// TestSystemSchemas reads all schemas of a server that others use too.
func TestSystemSchemas(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		name := s.NewDatabase(t)
		load(t, s.Open(t, name), "CREATE TABLE t (a INT)")
		c := open(t, catalog.Options{Name: "main", DSN: s.DSN})
		table(t, c.Snapshot(), name, "t")
		for _, x := range c.Snapshot().Tables {
			switch strings.ToLower(x.DB) {
			case "mysql", "information_schema", "performance_schema", "sys", "metrics_schema", "askwire":
				t.Errorf("%s is in the catalog", x.ID())
			}
		}
	})
}

func TestSamples(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		name := s.NewDatabase(t)
		db := s.Open(t, name)
		load(t, db, shop)
		load(t, db, "CREATE TABLE `odd``name` (`a``b` VARCHAR(10), secret VARCHAR(10));\n"+
			"INSERT INTO `odd``name` VALUES ('x', 's1'), ('y', 's2'), ('x', 's3')")
		hidden := askwire.ColumnRef{DB: name, Table: "odd`name", Column: "secret"}
		allowed := func(c askwire.ColumnRef) bool { return c != hidden }
		c := open(t, catalog.Options{Name: "main", DSN: s.DSN, Schemas: []string{name},
			Sample: func(c askwire.ColumnRef) bool { return allowed(c) }})
		odd := table(t, c.Snapshot(), name, "odd`name")
		if got := odd.Columns[0].Samples; !slices.Equal(got, []string{"x", "y"}) {
			t.Errorf("samples of a column with few values: %q", got)
		}
		if got := odd.Columns[1].Samples; got != nil {
			t.Errorf("samples of a column that is not allowed: %q", got)
		}
		allowed = func(askwire.ColumnRef) bool { return false }
		refresh(t, c)
		if got := table(t, c.Snapshot(), name, "odd`name").Columns[0].Samples; got != nil {
			t.Errorf("samples stayed after the permission went: %q", got)
		}
	})
}

// TestBackendDown opens a catalog on a port where nothing listens, lets a server appear there and then go.
func TestBackendDown(t *testing.T) {
	s := enginetest.Get(t, "mariadb")
	name := s.NewDatabase(t)
	load(t, s.Open(t, name), "CREATE TABLE t (a INT)")
	enginetest.NoLeaks(t)
	gate := enginetest.NewGate(t, s.Addr)

	attempts := make(chan catalog.Status, 100)
	c, err := catalog.Open(t.Context(), catalog.Options{
		Name: "main", DSN: "root@tcp(" + gate.Addr + ")/", Schemas: []string{name}, Refresh: time.Millisecond,
		OnRefresh: func(s catalog.Status) {
			select {
			case attempts <- s:
			default:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if c.Snapshot() != nil || c.Status().Ready {
		t.Fatal("a snapshot without a server")
	}
	if code := askwire.CodeOf(c.Status().Err); code != askwire.BackendUnavailable {
		t.Fatalf("code %d: %v", code, c.Status().Err)
	}

	gate.Open()
	waitFor(t, attempts, func(s catalog.Status) bool { return s.Err == nil })
	snap := c.Snapshot()
	table(t, snap, name, "t")

	gate.Close()
	waitFor(t, attempts, func(s catalog.Status) bool { return s.Err != nil })
	if c.Snapshot() != snap {
		t.Error("a failed refresh replaced the snapshot")
	}
	if st := c.Status(); !st.Ready || st.Version != snap.Version {
		t.Errorf("status %+v", st)
	}
}

func TestOpenRefusesBadDSN(t *testing.T) {
	_, err := catalog.Open(t.Context(), catalog.Options{Name: "main", DSN: "root:geheim@somewhere"})
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Fatalf("error %v", err)
	}
}

func waitFor(t *testing.T, attempts <-chan catalog.Status, ok func(catalog.Status) bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		select {
		case s := <-attempts:
			if ok(s) {
				return
			}
		case <-ctx.Done():
			t.Fatal("the refresh did not come to what was waited for")
		}
	}
}

func refresh(t testing.TB, c *catalog.Catalog) {
	t.Helper()
	if err := c.RefreshNow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func table(t testing.TB, s *askwire.Snapshot, db, name string) *askwire.Table {
	t.Helper()
	if s == nil {
		t.Fatal("no snapshot")
	}
	x, ok := s.Table(db, name)
	if !ok {
		t.Fatalf("no table %s.%s", db, name)
	}
	return x
}
