package wire

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// miniProxy is a proxy without a guard: it relays text and prepared statements between real clients and a real server, with
// the options that a test sets.
type miniProxy struct {
	ln   net.Listener
	h    *Handshaker
	pool *Pool
	wg   sync.WaitGroup

	relaying sync.RWMutex // read-locked while an answer is on its way
	mu       sync.Mutex
	opt      func() RelayOptions
	results  []RelayResult
	errs     []error
}

func newMiniProxy(t testing.TB, pool PoolConfig, withhold Capabilities) *miniProxy {
	t.Helper()
	h, err := NewHandshaker(HandshakeConfig{Version: "8.0.40-askwire", Withhold: withhold})
	if err != nil {
		t.Fatal(err)
	}
	h.SetUsers(map[string]Credential{"ana": credential(t, true, true)})
	p := &miniProxy{h: h, opt: func() RelayOptions { return RelayOptions{} }}
	if p.pool, err = NewPool(pool); err != nil {
		t.Fatal(err)
	}
	if p.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.wg.Go(func() {
		for id := uint32(1); ; id++ {
			nc, err := p.ln.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(NewConn(nc), id) })
		}
	})
	t.Cleanup(func() {
		p.ln.Close()
		p.wg.Wait()
		p.pool.Close()
	})
	return p
}

func (p *miniProxy) set(opt func() RelayOptions) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opt, p.results, p.errs = opt, nil, nil
}

// lastResult waits for what still runs: the client may have the last packet already.
func (p *miniProxy) lastResult(t testing.TB) (RelayResult, error) {
	t.Helper()
	p.relaying.Lock()
	defer p.relaying.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.results) == 0 {
		t.Fatal("nothing was relayed")
	}
	return p.results[len(p.results)-1], p.errs[len(p.errs)-1]
}

type miniStmt struct {
	s      guard.Statement
	params *Params
}

func (p *miniProxy) serve(c *Conn, id uint32) {
	defer c.Close()
	ctx := context.Background()
	if _, err := p.h.Accept(ctx, c, id); err != nil {
		return
	}
	stmts := map[uint32]*miniStmt{}
	err := c.WriteOK(OK{Status: SERVER_STATUS_AUTOCOMMIT})
	for err == nil {
		if err = c.Flush(); err != nil {
			return
		}
		var cmd Command
		var b []byte
		if cmd, b, err = c.ReadCommand(64 << 20); err != nil {
			return
		}
		switch cmd {
		case COM_QUIT:
			return
		case COM_PING:
			err = c.WriteOK(OK{})
		case COM_QUERY:
			s := admitted(string(b))
			err = p.relay(ctx, c, false, func(be *Backend) error { return be.Query(s) })
		case COM_STMT_PREPARE:
			err = p.prepare(ctx, c, string(b), stmts)
		case COM_STMT_EXECUTE:
			st := stmts[binary.LittleEndian.Uint32(b)]
			e, perr := st.params.ParseExecute(b[4:])
			if perr != nil {
				err = c.WriteError(perr)
				continue
			}
			err = p.relay(ctx, c, true, func(be *Backend) error {
				prep, err := be.Prepare(ctx, st.s)
				if err != nil {
					return err
				}
				return be.Execute(prep, e)
			})
		case COM_STMT_SEND_LONG_DATA:
			_ = stmts[binary.LittleEndian.Uint32(b)].params.LongData(b[4:], 1<<20)
		case COM_STMT_CLOSE:
			delete(stmts, binary.LittleEndian.Uint32(b))
		default:
			err = c.WriteError(askwire.Errorf(askwire.NotSupported, "%s is not served.", cmd))
		}
	}
}

func (p *miniProxy) prepare(ctx context.Context, c *Conn, text string, stmts map[uint32]*miniStmt) error {
	be, err := p.pool.Get(ctx)
	if err != nil {
		return c.WriteError(err)
	}
	defer p.pool.Put(be)
	st := &miniStmt{s: admitted(text)}
	prep, err := be.Prepare(ctx, st.s)
	if err != nil {
		return c.WriteError(err)
	}
	st.params = NewParams(len(prep.Params))
	id := uint32(len(stmts) + 100)
	stmts[id] = st
	columns := prep.Columns
	p.mu.Lock()
	a := p.opt().Append
	p.mu.Unlock()
	if a != nil && len(columns) > 0 {
		columns = append(columns[:len(columns):len(columns)], LongTextColumn(UniqueName(a.Name, columns)))
	}
	return c.WritePrepareOK(id, prep.Params, columns, prep.Warnings)
}

func (p *miniProxy) relay(ctx context.Context, c *Conn, binaryRows bool, start func(*Backend) error) error {
	p.relaying.RLock()
	defer p.relaying.RUnlock()
	be, err := p.pool.Get(ctx)
	if err != nil {
		return c.WriteError(err)
	}
	defer p.pool.Put(be)
	if err := start(be); err != nil {
		return c.WriteError(err)
	}
	for {
		p.mu.Lock()
		opt := p.opt()
		p.mu.Unlock()
		opt.Binary = binaryRows
		res, err := be.Relay(ctx, c, opt)
		p.mu.Lock()
		p.results, p.errs = append(p.results, res), append(p.errs, err)
		p.mu.Unlock()
		switch {
		case err != nil && !res.Answered:
			return c.WriteError(err)
		case err != nil && c.werr != nil:
			return err
		case err != nil:
			if _, ok := err.(*askwire.Error); !ok {
				return err
			}
			return nil
		case !res.More:
			return nil
		}
	}
}

// db opens a go-sql-driver pool of one connection; interpolate sends arguments as text.
func (p *miniProxy) db(t testing.TB, params string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", fmt.Sprintf("ana:geheim@tcp(%s)/?%s", p.ln.Addr(), params))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// backendOf is how to reach the server of a go-sql-driver DSN.
func backendOf(t testing.TB, dsn string) BackendConfig {
	t.Helper()
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return BackendConfig{
		Name: "main", User: cfg.User, Password: askwire.NewSecret(cfg.Passwd), Database: cfg.DBName,
		Addresses: []Address{{cfg.Net, cfg.Addr}},
	}
}
