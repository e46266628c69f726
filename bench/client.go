package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// conn is a logged-in client that sends prepared bytes and reads answers no further than it must, so that the client's own
// cost on the shared cores is small and the same for every peer.
type conn struct {
	nc  net.Conn
	r   *bufio.Reader
	buf []byte
	id  uint32 // of the connection
}

// serverError is an ERR packet.
type serverError struct {
	number  int
	message string
}

func (e *serverError) Error() string { return fmt.Sprintf("error %d: %s", e.number, e.message) }

func dial(t target) (*conn, error) {
	c, err := client.Connect(t.addr, t.user, t.password, "", func(c *client.Conn) error {
		c.UnsetCapability(mysql.CLIENT_DEPRECATE_EOF)
		c.UnsetCapability(mysql.CLIENT_QUERY_ATTRIBUTES)
		if t.tls {
			c.UseSSL(true)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.name, err)
	}
	nc := c.Conn.Conn
	return &conn{nc: nc, r: bufio.NewReaderSize(nc, 64<<10), buf: make([]byte, 0, 512), id: c.GetConnectionID()}, nil
}

func (c *conn) close() { c.nc.Close() }

// query sends one COM_QUERY and reads its result; it returns the number of rows.
func (c *conn) query(sql string) (int, error) {
	if err := c.send(3, sql); err != nil {
		return 0, err
	}
	return c.result()
}

// send sends a command with a text.
func (c *conn) send(command byte, text string) error {
	c.buf = append(append(c.buf[:0], 0, 0, 0, 0, command), text...)
	return c.write()
}

// write sends buf, whose first four bytes are room for the header.
func (c *conn) write() error {
	n := len(c.buf) - 4
	c.buf[0], c.buf[1], c.buf[2], c.buf[3] = byte(n), byte(n>>8), byte(n>>16), 0
	_, err := c.nc.Write(c.buf)
	return err
}

// packet reads one packet; an ERR packet is a *serverError.
func (c *conn) packet() ([]byte, error) {
	var h [4]byte
	if _, err := io.ReadFull(c.r, h[:]); err != nil {
		return nil, err
	}
	p := make([]byte, int(h[0])|int(h[1])<<8|int(h[2])<<16)
	if _, err := io.ReadFull(c.r, p); err != nil {
		return nil, err
	}
	return p, refusal(p)
}

// refusal is the error that an ERR packet holds: 0xff, 2 bytes number, '#' and 5 bytes SQLSTATE, message.
func refusal(p []byte) error {
	if len(p) < 9 || p[0] != 0xff {
		return nil
	}
	return &serverError{int(binary.LittleEndian.Uint16(p[1:])), string(p[9:])}
}

// result reads to the end of one result set: column count, definitions, EOF, rows, EOF.
func (c *conn) result() (int, error) {
	eofs, rows, first := 0, 0, true
	for {
		h, err := c.r.Peek(5)
		if err != nil {
			return rows, err
		}
		n := int(h[0]) | int(h[1])<<8 | int(h[2])<<16
		kind := h[4]
		switch {
		case kind == 0xff:
			p := make([]byte, 4+n)
			if _, err := io.ReadFull(c.r, p); err != nil {
				return rows, err
			}
			return rows, refusal(p[4:])
		case first && kind == 0:
			_, err := c.r.Discard(4 + n)
			return 0, err
		case kind == 0xfe && n < 9:
			eofs++
		case eofs == 1:
			rows++
		}
		first = false
		if _, err := c.r.Discard(4 + n); err != nil {
			return rows, err
		}
		if eofs == 2 {
			return rows, nil
		}
	}
}

// prepare sends COM_STMT_PREPARE and returns the statement's id.
func (c *conn) prepare(sql string) (uint32, error) {
	if err := c.send(0x16, sql); err != nil {
		return 0, err
	}
	p, err := c.packet()
	if err != nil {
		return 0, err
	}
	if p[0] != 0 {
		return 0, fmt.Errorf("prepare: %q", p)
	}
	id := binary.LittleEndian.Uint32(p[1:])
	columns, params := int(binary.LittleEndian.Uint16(p[5:])), int(binary.LittleEndian.Uint16(p[7:]))
	skip := columns + params
	if columns > 0 {
		skip++
	}
	if params > 0 {
		skip++
	}
	for range skip {
		if _, err := c.packet(); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// execute sends COM_STMT_EXECUTE with n BIGINT parameters, at most eight, all of one value.
func (c *conn) execute(id uint32, v int64, n int) (int, error) {
	c.buf = append(c.buf[:0], 0, 0, 0, 0, 0x17)
	c.buf = binary.LittleEndian.AppendUint32(c.buf, id)
	c.buf = append(c.buf, 0, 1, 0, 0, 0, 0, 1)
	for range n {
		c.buf = append(c.buf, 8, 0)
	}
	for range n {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(v))
	}
	if err := c.write(); err != nil {
		return 0, err
	}
	return c.result()
}

// executeAll sends COM_STMT_EXECUTE of a statement without parameters.
func (c *conn) executeAll(id uint32) (int, error) {
	c.buf = append(c.buf[:0], 0, 0, 0, 0, 0x17)
	c.buf = binary.LittleEndian.AppendUint32(c.buf, id)
	c.buf = append(c.buf, 0, 1, 0, 0, 0)
	if err := c.write(); err != nil {
		return 0, err
	}
	return c.result()
}

// load is what a peer did in one slice of time.
type load struct {
	perSecond float64
	p99       time.Duration
	processor time.Duration // of the peer, for each operation; 0 = not known
	server    time.Duration // the same of the database server
	store     time.Duration // and of the history's, where that is another one
	client    time.Duration // and of this program
	idle      time.Duration // time of the machine's processors in which nothing ran
	others    time.Duration // and in which something else did
	ops       int
}

// drive runs op on n connections for d and counts. setup makes a connection's operation; it must read every answer whole.
func drive(ctx context.Context, t target, n int, d time.Duration, setup operation) (load, error) {
	return driveWhen(ctx, t, n, d, setup, func() error { return nil })
}

// driveWhen calls begin when the connections are ready.
func driveWhen(ctx context.Context, t target, n int, d time.Duration, setup operation, begin func() error) (load, error) {
	conns := make([]*conn, n)
	ops := make([]func() error, n)
	for i := range conns {
		c, err := dial(t)
		if err != nil {
			return load{}, err
		}
		defer c.close()
		conns[i] = c
		if ops[i], err = setup(c, rand.New(rand.NewPCG(uint64(i), uint64(d)))); err != nil {
			return load{}, err
		}
		for range 20 { // warm: caches, pools, and the peer's own statement
			if err := ops[i](); err != nil {
				return load{}, fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		lat   []time.Duration
		first error
	)
	if err := begin(); err != nil {
		return load{}, err
	}
	m := startMeter(t)
	end := m.begin.Add(d)
	for i := range conns {
		wg.Go(func() {
			mine := make([]time.Duration, 0, 1<<16)
			last := time.Now()
			for last.Before(end) && ctx.Err() == nil {
				if err := ops[i](); err != nil {
					mu.Lock()
					first = errors.Join(first, fmt.Errorf("%s: %w", t.name, err))
					mu.Unlock()
					return
				}
				now := time.Now()
				mine = append(mine, now.Sub(last))
				last = now
			}
			mu.Lock()
			lat = append(lat, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	l := m.load(lat, len(lat))
	if first != nil {
		return load{}, first
	}
	if err := ctx.Err(); err != nil {
		return load{}, err
	}
	return l, nil
}

// meter measures what runs between startMeter and load.
type meter struct {
	t                    target
	used, served, stored time.Duration
	mine, idle           time.Duration
	begin                time.Time
}

func startMeter(t target) meter {
	return meter{t, processorTime(t.pid), processorTime(t.server), processorTime(t.store), processorTime(os.Getpid()), idleTime(), time.Now()}
}

// load is what ops operations have cost; their latencies are sorted.
func (m meter) load(latencies []time.Duration, ops int) load {
	took := time.Since(m.begin)
	each := time.Duration(max(ops, 1))
	l := load{perSecond: float64(ops) / took.Seconds(), ops: ops,
		processor: (processorTime(m.t.pid) - m.used) / each, server: (processorTime(m.t.server) - m.served) / each,
		store: (processorTime(m.t.store) - m.stored) / each, client: (processorTime(os.Getpid()) - m.mine) / each, idle: (idleTime() - m.idle) / each}
	l.others = max(took*time.Duration(runtime.NumCPU())/each-l.processor-l.server-l.store-l.client-l.idle, 0)
	if slices.Sort(latencies); len(latencies) > 0 {
		l.p99 = latencies[len(latencies)*99/100]
	}
	return l
}
