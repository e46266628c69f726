package proxy

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// house is a running proxy in front of a real server, with a scripted asker.
type house struct {
	t      testing.TB
	engine *enginetest.Server
	db     string // the database of the test
	direct *sql.DB
	srv    *Server
	addr   string
	dir    *directory
	asker  *asker
	rec    *recorder
	pool   *wire.Pool
	hands  *wire.Handshaker
}

const schema = `
CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL COMMENT '이름', ssn VARCHAR(20), phone VARCHAR(20));
CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, total DECIMAL(10,2) NOT NULL DEFAULT 0, note VARCHAR(40) DEFAULT 'none', at DATETIME NULL, KEY by_customer (customer_id));
CREATE TABLE secrets (id INT PRIMARY KEY, v VARCHAR(40));
INSERT INTO customers VALUES (1, '김민수', '900101-1', '010-1111-2222'), (2, 'Ana', '900102-2', NULL), (3, 'Bo', NULL, '010-3333-4444');
INSERT INTO orders (customer_id, total, note, at) VALUES (1, 10.50, 'a', '2026-01-01 10:00:00'), (1, 20.25, NULL, '2026-01-02 11:00:00'), (2, 5.00, 'c', NULL), (3, 7.75, 'd', '2026-02-01 00:00:00');
INSERT INTO secrets VALUES (1, 'TOP SECRET');
`

// open builds the house on MariaDB; change may alter profile and user before the server starts.
func open(t testing.TB, change ...func(*askwire.Profile, *askwire.User)) *house {
	t.Helper()
	return openOn(t, enginetest.Get(t, engine.MariaDB), change...)
}

func openOn(t testing.TB, e *enginetest.Server, change ...func(*askwire.Profile, *askwire.User)) *house {
	t.Helper()
	h := &house{t: t, engine: e, asker: &asker{sql: map[string]string{}}, rec: &recorder{drafts: map[string]askwire.QueryRecord{}}}
	h.db = e.NewDatabase(t)
	h.direct = e.Open(t, h.db)
	h.exec(schema)
	profile := &askwire.Profile{Name: "customer", Backend: "main", Tables: []string{h.db + ".customers", h.db + ".orders"},
		DenyColumns: []string{h.db + ".customers.ssn"}, PlainSQL: "guarded", LLMData: "rows", Summary: "first",
		SummaryWait: askwire.Duration{Duration: 10 * time.Second}, Models: []string{"default"}, Cartesian: true,
		Limits: askwire.Limits{Rows: 100000, Bytes: 64 << 20, Time: askwire.Duration{Duration: 20 * time.Second}, ScanRows: 1 << 40}}
	user := &askwire.User{Name: "ana", Profiles: []string{"customer"}}
	for _, fn := range change {
		fn(profile, user)
	}
	h.dir = &directory{t: t, snap: h.introspect(), users: map[string]*askwire.User{"ana": user, "bob": {Name: "bob", Profiles: []string{"customer"}}},
		profiles: map[string]*askwire.Profile{profile.Name: profile}, vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "1"}}}
	h.pool = h.newPool()
	h.dir.pool = h.pool
	h.start()
	return h
}

func (h *house) exec(q string) {
	h.t.Helper()
	if _, err := h.direct.ExecContext(h.t.Context(), q); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) newPool() *wire.Pool { return h.newPoolAs("root") }

// ownAccount makes the proxy read with an account that nothing else on this shared server uses, so that a test can end its
// connections and no others. killAll ends them.
func (h *house) ownAccount() (killAll func()) {
	h.t.Helper()
	account := "'" + h.db + "'@'%'"
	h.exec("CREATE USER " + account)
	h.t.Cleanup(func() { _, _ = h.direct.Exec("DROP USER " + account) })
	h.exec("GRANT ALL ON *.* TO " + account)
	h.pool = h.newPoolAs(h.db)
	h.dir.change(func() { h.dir.pool = h.pool })
	return func() {
		h.t.Helper()
		rows, err := h.direct.QueryContext(h.t.Context(), "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '"+h.db+"'")
		if err != nil {
			h.t.Fatal(err)
		}
		var ids []int
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				h.t.Fatal(err)
			}
			ids = append(ids, id)
		}
		rows.Close()
		if len(ids) == 0 {
			h.t.Fatal("the proxy has no connection to the backend")
		}
		for _, id := range ids {
			h.exec(fmt.Sprintf("KILL %d", id))
		}
		until(h.t, "the server to close the connections", func() bool {
			var left int
			err := h.direct.QueryRowContext(h.t.Context(), "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '"+h.db+"'").Scan(&left)
			return err == nil && left == 0
		})
	}
}

func (h *house) newPoolAs(user string) *wire.Pool {
	p, err := wire.NewPool(wire.PoolConfig{Backend: wire.BackendConfig{Name: "main", Addresses: []wire.Address{{Network: "tcp", Addr: h.engine.Addr}},
		User: user}, Size: 8, StopTime: time.Minute, Init: guard.ControlInit(h.engine.Family)})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = p.Close() })
	return p
}

func (h *house) start() {
	h.t.Helper()
	var err error
	version := h.dir.snap.Server.Version + "-askwire"
	h.hands, err = wire.NewHandshaker(wire.HandshakeConfig{Version: version, Timeout: time.Minute})
	if err != nil {
		h.t.Fatal(err)
	}
	hash, err := wire.HashPassword("secret")
	if err != nil {
		h.t.Fatal(err)
	}
	cred, err := wire.ParseCredential(hash)
	if err != nil {
		h.t.Fatal(err)
	}
	h.hands.SetUsers(map[string]wire.Credential{"ana": cred, "bob": cred})
	h.srv, err = New(Config{Handshaker: h.hands, Directory: h.dir, Asker: h.asker, Recorder: h.rec,
		Log: slog.New(slog.NewTextHandler(testLog{h.t}, nil)), Settings: Settings{AuditRequired: true, AuditPlain: "all"}})
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.srv.Serve(l) }()
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.srv.Shutdown(ctx); err != nil {
			h.t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			h.t.Errorf("serve: %v", err)
		}
	})
}

type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "a session panicked") {
		l.t.Errorf("%s", b)
	}
	return len(b), nil
}

// introspect makes the snapshot that the catalog would.
func (h *house) introspect() *askwire.Snapshot {
	h.t.Helper()
	s := askwire.Snapshot{Backend: "main", Version: 1, At: time.Now(), Server: askwire.Server{Family: h.engine.Family, Version: h.engine.Version,
		TimeZone: "UTC", Variables: map[string]string{}}}
	_, _ = fmt.Sscanf(h.engine.Version, "%d.%d", &s.Server.Major, &s.Server.Minor)
	rows, err := h.direct.QueryContext(h.t.Context(), "SHOW GLOBAL VARIABLES")
	if err != nil {
		h.t.Fatal(err)
	}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			h.t.Fatal(err)
		}
		s.Server.Variables[strings.ToLower(k)] = v
	}
	rows.Close()
	rows, err = h.direct.QueryContext(h.t.Context(), `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, COLUMN_KEY, EXTRA,
		IFNULL(CHARACTER_SET_NAME, ''), IFNULL(COLLATION_NAME, ''), COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?
		ORDER BY TABLE_NAME, ORDINAL_POSITION`, h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, null string
		var c askwire.Column
		if err := rows.Scan(&table, &c.Name, &c.Type, &c.DataType, &null, &c.Key, &c.Extra, &c.Charset, &c.Collation, &c.Comment); err != nil {
			h.t.Fatal(err)
		}
		c.Nullable = null == "YES"
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != table {
			s.Tables = append(s.Tables, &askwire.Table{DB: h.db, Name: table, Engine: "InnoDB", Rows: 4})
		}
		t := s.Tables[len(s.Tables)-1]
		t.Columns = append(t.Columns, c)
		if c.Key == "PRI" {
			t.PrimaryKey = append(t.PrimaryKey, c.Name)
		}
	}
	return askwire.NewSnapshot(s)
}
