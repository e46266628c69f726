package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

const soakBigRows = 50_000 // of a large result

var soakBigSQL = fmt.Sprintf("SELECT id, a, b, c, d, e, f FROM bench.big WHERE id <= %d", soakBigRows)

// soakCursors reads results by COM_STMT_FETCH. Every other visit leaves in the middle.
func soakCursors(v visit, c *conn) error {
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
			if n > rows/2 && v.rnd.IntN(4) == 0 {
				return nil
			}
		}
		if err := equal(int64(n), rows); err != nil {
			return err
		}
		v.done.Add(1)
	}
	return nil
}

func soakBig(v visit, c *conn) error {
	n, err := c.query(soakBigSQL)
	if err != nil {
		return err
	}
	v.done.Add(1)
	return equal(int64(n), soakBigRows)
}

func soakAsk(v visit, c *conn) error {
	for range 5 {
		text, want := "ASK 'a thousand rows'", 1000
		if v.rnd.IntN(2) == 0 {
			text, want = warmQuestion, 1
		}
		n, err := c.query(text)
		if err != nil {
			return err
		}
		if err := equal(int64(n), int64(want)); err != nil {
			return err
		}
		v.done.Add(1)
		v.r.pause(v.ctx)
	}
	return nil
}

func soakHangUp(v visit, c *conn) error {
	if err := c.send(3, soakBigSQL); err != nil {
		return err
	}
	for range 100 + v.rnd.IntN(2000) {
		if _, err := c.packet(); err != nil {
			return err
		}
	}
	v.done.Add(1)
	return nil
}

// soakKill has one connection end another's statement, or the connection itself, while rows flow.
func soakKill(v visit, c *conn) error {
	victim, err := v.r.dial()
	if err != nil {
		return err
	}
	defer victim.close()
	killer, err := v.r.dial()
	if err != nil {
		return err
	}
	defer killer.close()
	if err := victim.send(3, soakBigSQL); err != nil {
		return err
	}
	if _, err := victim.r.Peek(5); err != nil {
		return err
	}
	kill, whole := "KILL QUERY %d", v.rnd.IntN(2) == 0
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
		v.done.Add(1)
	}
	return err
}

// soakReset sends COM_RESET_CONNECTION between statements, as pools do.
func soakReset(v visit, c *conn) error {
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
		v.done.Add(1)
		v.r.pause(v.ctx)
	}
	return nil
}

// soakStrangers connect, say half a sentence, and leave.
func soakStrangers(v visit) error {
	nc, err := (&net.Dialer{}).DialContext(v.ctx, "tcp", v.r.t.addr)
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
	if _, err := nc.Write(said[:v.rnd.IntN(len(said)+1)]); err != nil {
		return err
	}
	v.r.pause(v.ctx)
	v.done.Add(1)
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
