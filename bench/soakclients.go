package main

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

// soakClient is one kind of client. run is a visit: it connects, works, and leaves.
type soakClient struct {
	name string
	n    int
	run  func(visit) error
}

// visit is what a client has while it works; done counts what was answered.
type visit struct {
	ctx  context.Context
	r    *soaking
	rnd  *rand.Rand
	done *atomic.Int64
}

var soakClients = []soakClient{
	{"text", 8, byDriver(soakText)}, {"prepared", 8, byDriver(soakPrepared)}, {"cursors", 4, byPackets(soakCursors)},
	{"big results", 3, byPackets(soakBig)}, {"ASK", 4, byPackets(soakAsk)}, {"prepared ASK", 4, byDriver(soakPreparedAsk)},
	{"transactions", 4, byDriver(soakTransactions)}, {"hang up in mid-result", 3, byPackets(soakHangUp)},
	{"KILL in mid-result", 3, byPackets(soakKill)}, {"reset", 2, byPackets(soakReset)}, {"strangers", 3, soakStrangers},
}

// byDriver connects as an ordinary driver does.
func byDriver(work func(visit, *sql.Conn) error) func(visit) error {
	return func(v visit) error {
		c, leave, err := v.r.open(v.ctx)
		if err != nil {
			return err
		}
		defer leave()
		return work(v, c)
	}
}

// byPackets connects by packets, for a visit that nothing may hold up.
func byPackets(work func(visit, *conn) error) func(visit) error {
	return func(v visit) error {
		c, err := v.r.dial()
		if err != nil {
			return err
		}
		defer c.close()
		return work(v, c)
	}
}

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
