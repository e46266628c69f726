package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

// soakClient is one kind of client. run is a visit: it connects, works, and leaves; done counts what was answered.
type soakClient struct {
	name string
	n    int
	run  func(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error
}

var soakClients = []soakClient{
	{"text", 8, soakText}, {"prepared", 8, soakPrepared}, {"cursors", 4, soakCursors}, {"big results", 3, soakBig}, {"ASK", 4, soakAsk},
	{"prepared ASK", 4, soakPreparedAsk}, {"transactions", 4, soakTransactions}, {"hang up in mid-result", 3, soakHangUp},
	{"KILL in mid-result", 3, soakKill}, {"reset", 2, soakReset}, {"strangers", 3, soakStrangers},
}

const (
	soakVisit   = 30     // statements of a visit
	soakBigRows = 50_000 // of a large result
)

// open connects as an ordinary driver does.
func (r *soaking) open(ctx context.Context) (*sql.Conn, func(), error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = r.t.user, r.t.password, "tcp", r.t.addr
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, nil, err
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, nil, reported(err)
	}
	return conn, func() { conn.Close(); db.Close() }, nil
}

// dial connects by packets, for a visit that nothing may hold up.
func (r *soaking) dial() (*conn, error) {
	c, err := dial(r.t)
	if err != nil {
		return nil, err
	}
	return c, c.nc.SetDeadline(time.Now().Add(2 * time.Minute))
}

// reported turns a driver's error into the bench's own form.
func reported(err error) error {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return &serverError{int(e.Number), e.Message}
	}
	return err
}

// rightPoint checks a row of bench.points, whose values follow from its id, and whose phone is masked.
func rightPoint(id, k int64, phone string) error {
	last := fmt.Sprintf("%08d", id)[4:]
	if k != id*7919%100003 || !strings.HasPrefix(phone, "010") || !strings.HasSuffix(phone, last) || !strings.Contains(phone, "*") {
		return fmt.Errorf("point %d: k %d, phone %q", id, k, phone)
	}
	return nil
}

func soakText(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, leave, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for range soakVisit {
		id := rnd.Int64N(points) + 1
		var got, k int64
		var phone string
		if err := c.QueryRowContext(ctx, fmt.Sprintf("SELECT id, k, phone FROM bench.points WHERE id = %d", id)).Scan(&got, &k, &phone); err != nil {
			return reported(err)
		}
		if err := errors.Join(rightPoint(got, k, phone), equal(got, id)); err != nil {
			return err
		}
		done.Add(1)
		r.pause(ctx)
	}
	return nil
}

func equal(got, want int64) error {
	if got != want {
		return fmt.Errorf("got %d, want %d", got, want)
	}
	return nil
}

func soakPrepared(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, leave, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer leave()
	// A few hundred different texts, so that statements are forgotten and prepared again on the connections to the server.
	st, err := c.PrepareContext(ctx, fmt.Sprintf("SELECT id, k, phone, %d AS visit FROM bench.points WHERE id = ?", rnd.IntN(300)))
	if err != nil {
		return reported(err)
	}
	defer st.Close()
	for range soakVisit {
		id := rnd.Int64N(points) + 1
		var got, k, visit int64
		var phone string
		if err := st.QueryRowContext(ctx, id).Scan(&got, &k, &phone, &visit); err != nil {
			return reported(err)
		}
		if err := errors.Join(rightPoint(got, k, phone), equal(got, id)); err != nil {
			return err
		}
		done.Add(1)
		r.pause(ctx)
	}
	return nil
}

// soakCursors reads results by COM_STMT_FETCH. Every other visit leaves in the middle.
func soakCursors(_ context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, err := r.dial()
	if err != nil {
		return err
	}
	defer c.close()
	const rows = 2000
	id, err := c.prepare(fmt.Sprintf("SELECT id, c, f FROM bench.big WHERE id <= %d", rows))
	if err != nil {
		return err
	}
	for range 3 {
		if err := c.openCursor(id); err != nil {
			return err
		}
		n := 0
		for last := false; !last; {
			var got int
			if got, last, err = c.fetch(id, 300); err != nil {
				return err
			}
			n += got
			if n > rows/2 && rnd.IntN(4) == 0 {
				return nil
			}
		}
		if err := equal(int64(n), rows); err != nil {
			return err
		}
		done.Add(1)
	}
	return nil
}

func soakBig(_ context.Context, r *soaking, _ *rand.Rand, done *atomic.Int64) error {
	c, err := r.dial()
	if err != nil {
		return err
	}
	defer c.close()
	n, err := c.query(fmt.Sprintf("SELECT id, a, b, c, d, e, f FROM bench.big WHERE id <= %d", soakBigRows))
	if err != nil {
		return err
	}
	done.Add(1)
	return equal(int64(n), soakBigRows)
}

func soakAsk(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, err := r.dial()
	if err != nil {
		return err
	}
	defer c.close()
	for range 5 {
		text, want := "ASK 'a thousand rows'", 1000
		if rnd.IntN(2) == 0 {
			text, want = warmQuestion, 1
		}
		n, err := c.query(text)
		if err != nil {
			return err
		}
		if err := equal(int64(n), int64(want)); err != nil {
			return err
		}
		done.Add(1)
		r.pause(ctx)
	}
	return nil
}

func soakPreparedAsk(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, leave, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer leave()
	st, err := c.PrepareContext(ctx, "ASK 'points of k ?' USING summary = 'off'")
	if err != nil {
		return reported(err)
	}
	defer st.Close()
	for range 10 {
		if err := pointOfK(ctx, st, rnd.Int64N(points)+1); err != nil {
			return err
		}
		done.Add(1)
		r.pause(ctx)
	}
	return nil
}

// pointOfK asks for the points that share a point's k, which must be among them.
func pointOfK(ctx context.Context, st *sql.Stmt, id int64) error {
	rows, err := st.QueryContext(ctx, id*7919%100003)
	if err != nil {
		return reported(err)
	}
	defer rows.Close()
	found := false
	for rows.Next() {
		var got, k int64
		var text, phone string
		if err := rows.Scan(&got, &k, &text, &phone); err != nil {
			return err
		}
		if err := rightPoint(got, k, phone); err != nil {
			return err
		}
		found = found || got == id
	}
	if err := rows.Err(); err != nil {
		return reported(err)
	}
	if !found {
		return fmt.Errorf("point %d was not among those of its k", id)
	}
	return nil
}

func soakTransactions(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, leave, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for range 5 {
		if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
			return reported(err)
		}
		for range 3 {
			var n int64
			if err := c.QueryRowContext(ctx, "SELECT COUNT(*) FROM bench.points WHERE id <= 500").Scan(&n); err != nil {
				return reported(err)
			}
			if err := equal(n, 500); err != nil {
				return err
			}
			r.pause(ctx)
		}
		end := "COMMIT"
		switch rnd.IntN(4) {
		case 0:
			end = "ROLLBACK"
		case 1:
			return nil // leaves in the middle of it
		}
		if _, err := c.ExecContext(ctx, end); err != nil {
			return reported(err)
		}
		done.Add(1)
	}
	return nil
}

func soakHangUp(_ context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	c, err := r.dial()
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.send(3, fmt.Sprintf("SELECT id, a, b, c, d, e, f FROM bench.big WHERE id <= %d", soakBigRows)); err != nil {
		return err
	}
	for range 100 + rnd.IntN(2000) {
		if _, err := c.packet(); err != nil {
			return err
		}
	}
	done.Add(1)
	return nil
}

// soakKill has one connection end another's statement, or the connection itself, while rows flow.
func soakKill(_ context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	victim, err := r.dial()
	if err != nil {
		return err
	}
	defer victim.close()
	killer, err := r.dial()
	if err != nil {
		return err
	}
	defer killer.close()
	if err := victim.send(3, fmt.Sprintf("SELECT id, a, b, c, d, e, f FROM bench.big WHERE id <= %d", soakBigRows)); err != nil {
		return err
	}
	if _, err := victim.r.Peek(5); err != nil {
		return err
	}
	kill, whole := "KILL QUERY %d", rnd.IntN(2) == 0
	if whole {
		kill = "KILL %d"
	}
	if _, err := killer.query(fmt.Sprintf(kill, victim.id)); err != nil {
		return err
	}
	n, err := victim.result()
	var server *serverError
	switch {
	case err == nil: // it was sent already
		err = equal(int64(n), soakBigRows)
	case errors.As(err, &server) && server.number == 1317, whole:
		err = nil
	}
	if err == nil {
		done.Add(1)
	}
	return err
}

// soakReset sends COM_RESET_CONNECTION between statements, as pools do.
func soakReset(ctx context.Context, r *soaking, _ *rand.Rand, done *atomic.Int64) error {
	c, err := r.dial()
	if err != nil {
		return err
	}
	defer c.close()
	for range 10 {
		for _, q := range []string{"SET time_zone = '+09:00'", "SELECT id FROM bench.points WHERE id = 1"} {
			if _, err := c.query(q); err != nil {
				return err
			}
		}
		if err := c.send(0x1f, ""); err != nil {
			return err
		}
		if _, err := c.result(); err != nil {
			return err
		}
		done.Add(1)
		r.pause(ctx)
	}
	return nil
}

// soakStrangers connect, say half a sentence, and leave.
func soakStrangers(ctx context.Context, r *soaking, rnd *rand.Rand, done *atomic.Int64) error {
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.t.addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if _, err := nc.Read(make([]byte, 64)); err != nil {
		return err
	}
	said := []byte{0xff, 0xff, 0xff, 1, 0, 0, 0, 0}
	if _, err := nc.Write(said[:rnd.IntN(len(said)+1)]); err != nil {
		return err
	}
	r.pause(ctx)
	done.Add(1)
	return nil
}

// killOne ends one of the proxy's connections to the server, as the server's administrator would.
func killOne(ctx context.Context, direct target) (bool, error) {
	db, err := sql.Open("mysql", "root@tcp("+direct.addr+")/")
	if err != nil {
		return false, err
	}
	defer db.Close()
	var id int64
	err = db.QueryRowContext(ctx, "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader' ORDER BY RAND() LIMIT 1").Scan(&id)
	if err != nil {
		return false, err
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf("KILL %d", id))
	return err == nil, err
}

// openCursor sends COM_STMT_EXECUTE for a read-only cursor and reads up to the end of the definitions.
func (c *conn) openCursor(id uint32) error {
	c.buf = append(c.buf[:0], 0, 0, 0, 0, 0x17)
	c.buf = binary.LittleEndian.AppendUint32(c.buf, id)
	c.buf = append(c.buf, 1, 1, 0, 0, 0)
	if err := c.write(); err != nil {
		return err
	}
	for first := true; ; first = false {
		p, err := c.packet()
		switch {
		case err != nil:
			return err
		case p[0] == 0xfe && len(p) < 9:
			if binary.LittleEndian.Uint16(p[3:])&0x40 == 0 {
				return errors.New("no cursor was opened")
			}
			return nil
		case first && len(p) != 1:
			return fmt.Errorf("execute: %q", p)
		}
	}
}

// fetch takes up to n rows, and says whether they were the last.
func (c *conn) fetch(id uint32, n uint32) (rows int, last bool, err error) {
	c.buf = append(c.buf[:0], 0, 0, 0, 0, 0x1c)
	c.buf = binary.LittleEndian.AppendUint32(c.buf, id)
	c.buf = binary.LittleEndian.AppendUint32(c.buf, n)
	if err := c.write(); err != nil {
		return 0, false, err
	}
	for {
		p, err := c.packet()
		if err != nil {
			return rows, false, err
		}
		if p[0] == 0xfe && len(p) < 9 {
			return rows, binary.LittleEndian.Uint16(p[3:])&0x80 != 0, nil
		}
		rows++
	}
}
