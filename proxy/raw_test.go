package proxy

import (
	"context"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/proxy/wire"
)

func TestResetConnection(t *testing.T) {
	h := open(t)
	db := h.client(func(c *mysql.Config) { c.DBName = h.db })
	db.SetMaxOpenConns(1)
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, "SET @x = 1, time_zone = '+01:00'")
	do(t, c, "BEGIN")
	table(t, c, "SELECT * FROM orders")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// The raw command, as pools send it.
	raw := h.raw()
	raw.query(t, "SET @x = 1, time_zone = '+01:00'")
	raw.command(t, wire.COM_RESET_CONNECTION, nil)
	if p := raw.read(t); p[0] != 0 {
		t.Fatalf("COM_RESET_CONNECTION: % x", p)
	}
	raw.query(t, "SELECT @@time_zone")
	for cmd, want := range map[wire.Command]byte{wire.COM_PING: 0, wire.COM_STMT_FETCH: 0xff, wire.COM_SHUTDOWN: 0xff, wire.COM_BINLOG_DUMP: 0xff,
		wire.COM_CLONE: 0xff, wire.Command(0x7f): 0xff, wire.COM_SET_OPTION: 0xff} {
		raw.command(t, cmd, nil)
		if p := raw.read(t); p[0] != want {
			t.Errorf("%s: got % x", cmd, p)
		}
	}
	raw.command(t, wire.COM_STATISTICS, nil)
	if p := raw.read(t); !strings.HasPrefix(string(p), "Uptime: ") {
		t.Errorf("COM_STATISTICS: %s", p)
	}
	raw.command(t, wire.COM_FIELD_LIST, []byte("customers\x00"))
	var fields []string
	for {
		p := raw.read(t)
		if p[0] == 0xfe {
			break
		}
		fields = append(fields, string(p))
	}
	if all := strings.Join(fields, "\n"); len(fields) != 3 || strings.Contains(all, "ssn") || !strings.Contains(all, "phone") {
		t.Errorf("COM_FIELD_LIST: %d fields, %q", len(fields), all)
	}
	raw.command(t, wire.COM_QUIT, nil)
}

func TestLongDataAndClose(t *testing.T) {
	h := open(t)
	h.srv.Set(Settings{MaxPacket: 1 << 16})
	raw := h.raw()
	prepare := func(q string) []byte {
		t.Helper()
		raw.command(t, wire.COM_STMT_PREPARE, []byte(q))
		p := raw.read(t)
		if p[0] != 0 {
			t.Fatalf("%s: %s", q, p)
		}
		id := append([]byte(nil), p[1:5]...)
		columns, params := int(p[5]), int(p[7])
		for range columns + params {
			raw.read(t)
		}
		return id
	}
	long := func(id []byte, n int) {
		t.Helper()
		raw.command(t, wire.COM_STMT_SEND_LONG_DATA, append(append([]byte(nil), id...), append([]byte{0, 0}, strings.Repeat("x", n)...)...))
	}
	// id, flags, iterations, NULL bitmap, types follow, VAR_STRING
	execute := func(id []byte) []byte {
		t.Helper()
		raw.command(t, wire.COM_STMT_EXECUTE, append(append([]byte(nil), id...), 0, 1, 0, 0, 0, 0, 1, 0xfd, 0))
		return raw.read(t)
	}
	id := prepare("SELECT COUNT(*) AS n FROM orders WHERE note = ?")
	long(id, 30000)
	if p := execute(id); p[0] != 1 {
		t.Fatalf("an execute with long data: % x", p)
	}
	for p := raw.read(t); p[0] != 0xfe; p = raw.read(t) {
	}
	long(id, 40000)
	long(id, 40000)
	if p := execute(id); p[0] != 0xff || !strings.Contains(string(p), "larger than 65536 bytes") {
		t.Errorf("too much for one statement: %s", p)
	}
	ids := [][]byte{id, prepare("SELECT id FROM orders WHERE note = ?"), prepare("SELECT at FROM orders WHERE note = ?")}
	for _, id := range ids {
		long(id, 60000)
	}
	if p := execute(ids[2]); p[0] != 0xff || !strings.Contains(string(p), "too much data") {
		t.Errorf("too much for the session: %s", p)
	}
	for _, id := range ids {
		raw.command(t, wire.COM_STMT_CLOSE, id)
	}
	if p := execute(id); p[0] != 0xff || !strings.Contains(string(p), "Unknown prepared statement") {
		t.Errorf("a closed statement: %s", p)
	}
	raw.command(t, wire.COM_STMT_PREPARE, []byte("ASK ?"))
	if p := raw.read(t); p[0] != 0 || p[5] != 0 || p[7] != 1 {
		t.Errorf("ASK ?: % x", p)
	}
}

// rawClient speaks packets, after a login by go-sql-driver's own handshake.
type rawClient struct{ c *wire.Conn }

// raw takes a connection over on which go-sql-driver has logged in.
func (h *house) raw() *rawClient { return h.rawOn("ana", "secret", h.addr) }

func (h *house) rawOn(user, password, to string) *rawClient {
	return h.rawOver(user, password, to, func(c net.Conn) net.Conn { return c })
}

// rawOver logs in through what over makes of the connection.
func (h *house) rawOver(user, password, to string, over func(net.Conn) net.Conn) *rawClient {
	h.t.Helper()
	var nc net.Conn
	name := "raw" + strings.ReplaceAll(to, ":", "_")
	mysql.RegisterDialContext(name, func(ctx context.Context, _ string) (net.Conn, error) {
		var err error
		if nc, err = (&net.Dialer{}).DialContext(ctx, "tcp", to); err != nil {
			return nil, err
		}
		nc = over(nc)
		return nc, nil
	})
	h.t.Cleanup(func() { mysql.DeregisterDialContext(name) })
	h.one(h.client(func(c *mysql.Config) { c.Net, c.User, c.Passwd = name, user, password }))
	c := wire.NewConn(nc)
	c.SetCapabilities(wire.CLIENT_PROTOCOL_41)
	return &rawClient{c}
}

func (r *rawClient) command(t testing.TB, cmd wire.Command, p []byte) {
	t.Helper()
	r.c.ResetSequence()
	if err := r.c.WritePacket(append([]byte{byte(cmd)}, p...)); err != nil {
		t.Fatal(err)
	}
	if err := r.c.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (r *rawClient) read(t testing.TB) []byte {
	t.Helper()
	p, err := r.c.ReadPacket(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// query runs a statement and reads its answer to the end.
func (r *rawClient) query(t testing.TB, q string) {
	t.Helper()
	r.command(t, wire.COM_QUERY, []byte(q))
	p := r.read(t)
	if p[0] == 0xff {
		t.Fatalf("%s: %s", q, p)
	}
	for p[0] != 0 && p[0] != 0xfe { // one end: go-sql-driver has agreed on CLIENT_DEPRECATE_EOF
		if p = r.read(t); p[0] == 0 {
			t.Fatalf("%s: % x", q, p)
		}
	}
}

func TestIdleSessionIsSmall(t *testing.T) {
	h := open(t)
	const n = 200
	h.srv.Set(Settings{MaxSessions: 2 * n})
	measure := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	h.conn()
	before := measure()
	clients := make([]*rawClient, n)
	for i := range clients {
		clients[i] = h.raw()
		clients[i].query(t, "SELECT id FROM orders")
	}
	both := (measure() - before) / n
	t.Logf("%d bytes per session, client side included", both)
	if both > 60<<10 {
		t.Errorf("an idle session and its client take %d bytes", both)
	}
	runtime.KeepAlive(clients)
}
