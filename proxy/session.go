package proxy

import (
	"container/list"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// session is one client connection. Its fields belong to its goroutine, but for those under mu.
type session struct {
	srv     *Server
	door    door
	set     *Settings
	c       *wire.Conn
	id      uint32
	addr    string // of the client, with port
	host    string
	counted string // user that the registry counts it for
	located bool   // the registry counts it for its host

	stranger *list.Element // of the registry, until the login

	login   *wire.Login
	user    *askwire.User
	person  string // behind a service account; "" = none has been named
	begun   bool   // a table was read or a question asked: it is too late to name the person
	profile string // chosen; "" = the user's first
	b       *Binding
	name    atomic.Pointer[string] // of the principal, for other goroutines
	account atomic.Pointer[string] // who has logged in, for other goroutines
	dbName  atomic.Pointer[string] // for other goroutines
	front   front.Options
	gen     uint64
	db      string
	vars    vars
	known1  func(string) (askwire.Value, bool) // s.known, bound once
	gate    guard.Gate
	store   guard.Gate
	gates   uint64 // changes whenever the gates do

	tx            tx
	cur           cursors
	txTimeout     bool // the idle timeout is that of a transaction
	nextIsolation string
	nextReadOnly  string         // ON, OFF or ""
	turns         []askwire.Turn // of the conversation, oldest first
	place         *time.Location // of placeName, a time zone: to load one takes a file
	placeName     string
	lastID        string               // of the question before
	last          *askwire.QueryRecord // the last question that led to SQL, for ASK SAVE LAST
	stmts         map[uint32]*stmt
	lastStmt      uint32
	direct        uint32      // what the id 0xFFFFFFFF names: the last PREPARE's statement; 0 = it failed
	stmtBytes     int         // of the texts of stmts
	longBytes     int         // of long data that waits for its execute
	multi         bool        // multi-statements are on
	more          bool        // another result follows the current one
	binary        bool        // the current answer is in the binary protocol
	cursorFor     *stmt       // whose rows are to come by COM_STMT_FETCH; nil = they come at once
	indexes       wire.Status // flags on indexes of the current answer, where it is not the backend's that says them
	warnings      []warning
	changes       []wire.StateChange // since the last OK packet, for a client that tracks them
	foundRows     int64
	uncounted     bool  // foundRows are not those that SQL_CALC_FOUND_ROWS would have counted
	questions     int64 // statements of this session

	report reporter

	ctx   context.Context // of the running statement; ends with the session
	watch *wire.Watch
	task  *wire.Task // runs the command phase; nil = a goroutine

	mu      sync.Mutex
	stop    *wire.Stopper // ctx
	running bool
	idle    bool
	killed  error
	since   time.Time // of the current state
	doing   string    // for SHOW PROCESSLIST: the statement
	stage   string    // for SHOW PROCESSLIST: what a question waits for
}

func newSession(srv *Server, c *wire.Conn, d door) *session {
	s := &session{srv: srv, door: d, set: srv.settings.Load(), c: c, addr: c.RemoteAddr().String(), since: srv.cfg.Clock()}
	s.known1 = s.known
	s.vars.reset()
	s.renewContext()
	return s
}

// connect is the connection phase. It is true when the client is logged in and waits for nothing.
func (s *session) connect() bool {
	if err := s.srv.reg.add(s, s.set); err != nil {
		s.turnAway(err)
		return false
	}
	if s.srv.ctx.Err() != nil { // Shutdown may have looked at the sessions before this one was among them
		s.kill(errShutdown)
	}
	s.srv.stats.Sessions.Add(1)
	s.srv.stats.SessionsTotal.Add(1)
	if s.fromBalancer() {
		if err := s.door.hands.ProxyHeader(s.ctx, s.c); err != nil {
			s.loginFailed(err)
			return false
		}
		s.addr = s.c.RemoteAddr().String()
	}
	if err := s.srv.reg.address(s, s.set); err != nil {
		s.turnAway(err)
		return false
	}
	login, err := s.door.hands.Accept(s.ctx, s.c, s.id)
	if err != nil {
		s.loginFailed(err)
		return false
	}
	if err := s.enter(login); err != nil {
		s.srv.stats.LoginsFailed.Add(1)
		s.log("login refused", err)
		_ = s.c.WriteError(err)
		_ = s.c.Flush()
		return false
	}
	s.c.Poll()
	s.watch = s.srv.watcher.Register(s.c, s.hungUp, s.expire)
	return s.ok() == nil && s.c.Flush() == nil
}

// turnAway ends a connection that a limit refuses, before the greeting.
func (s *session) turnAway(err error) {
	s.srv.stats.SessionsDenied.Add(1)
	_ = s.c.SetDeadline(time.Now().Add(time.Second))
	_ = s.c.WriteError(err)
	_ = s.c.Flush()
}

// fromBalancer reports whether the peer is one whose PROXY protocol header is believed, and required.
func (s *session) fromBalancer() bool {
	tcp, ok := s.c.RemoteAddr().(*net.TCPAddr)
	if !ok || len(s.set.Balancers) == 0 {
		return false
	}
	peer := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(s.set.Balancers, func(p netip.Prefix) bool { return p.Contains(peer) })
}

func (s *session) loginFailed(err error) {
	s.srv.stats.LoginsFailed.Add(1)
	if !wire.Disconnected(err) {
		s.log("login failed", err)
	}
}

var (
	errUserGone  = askwire.Errorf(askwire.AccessDenied, "The user no longer exists, or its rights have been taken away.").WithHint("Ask the operator.")
	errKilled    = askwire.Errorf(askwire.Interrupted, "The connection was killed.").WithHint("Connect again.")
	errSlowLogin = askwire.Errorf(askwire.TooManySessions, "Too many connections are logging in, and this one has been at it for the longest.").
			WithHint("Log in at once after connecting.")
	errKillQry = askwire.Errorf(askwire.Interrupted, "The statement was interrupted.").WithHint("Run it again.")
	errTimeout = askwire.Errorf(askwire.Timeout, "The statement took longer than it may.").
			WithHint("Ask for less at once, such as a shorter period.")
	errAskTimeout = askwire.Errorf(askwire.Timeout, "The question took longer than it may.").
			WithHint("Ask for less at once, such as a shorter period; or allow more: USING timeout = 120.")
	errClientGone = askwire.Errorf(askwire.Interrupted, "The client closed the connection.")
)

// commands serves the command phase until the client leaves, is killed, or the server drains.
func (s *session) commands() {
	for {
		if !s.wait() {
			return
		}
		cmd, p, err := s.c.ReadCommand(s.set.MaxPacket)
		s.work()
		if err != nil {
			if own := (*askwire.Error)(nil); errors.As(err, &own) {
				_ = s.fail(own)
				_ = s.c.Flush()
				if own.Code == askwire.PacketTooLarge { // the client is still sending it
					s.c.Linger(lingerBytes, lingerTime)
				}
			}
			return
		}
		s.set = s.srv.settings.Load()
		goOn := s.command(cmd, p)
		if s.c.Flush() != nil || !goOn {
			return
		}
	}
}

// A client whose command is too large reads the answer only when it has sent the command.
const (
	lingerBytes = 1 << 30
	lingerTime  = 10 * time.Second
)

// wait marks the session idle. It is false when the session has to end instead of waiting.
func (s *session) wait() bool {
	s.task.Attach()
	if holds := s.tx.conn != nil || s.cur.conn != nil; holds != s.txTimeout {
		// A transaction or a cursor holds a backend connection, of which there are few.
		s.txTimeout = holds
		_ = s.c.SetDeadline(time.Time{}) // the deadline in force is the other one
		s.applyTimeouts()
	}
	s.mu.Lock()
	s.idle, s.since, s.doing, s.stage = true, s.srv.cfg.Clock(), "", ""
	killed := s.killed
	s.mu.Unlock()
	if killed != nil {
		return false
	}
	// A transaction or a result may go on until it ends: the shutdown's patience is its limit.
	return !s.srv.draining.Load() || s.tx.open || s.cur.conn != nil
}

func (s *session) work() {
	s.mu.Lock()
	s.idle, s.since = false, s.srv.cfg.Clock()
	s.mu.Unlock()
}

// endIfIdle ends a session that waits for a command and holds neither transaction nor cursor.
func (s *session) endIfIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle && !s.tx.held.Load() && !s.cur.held.Load() {
		s.c.Interrupt()
	}
}

// kill ends the session: its statement is cancelled, its connection closed.
func (s *session) kill(why error) {
	s.mu.Lock()
	s.killed = why
	s.stop.Cancel(why)
	idle := s.idle
	s.mu.Unlock()
	if idle {
		s.c.Interrupt()
	}
}

// interrupt ends the statement that runs, if one does. A transaction goes on.
func (s *session) interrupt(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		s.stop.Stop(why)
	}
}

// hungUp ends the statement that runs for nobody any more, if one does.
func (s *session) hungUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		s.stop.Cancel(errClientGone)
	}
}

func (s *session) renewContext() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop = wire.NewStopper(context.Background()) // Shutdown cancels each: to be a child of one context costs a session 400 bytes
	s.ctx = s.stop
	if s.killed != nil {
		s.stop.Cancel(s.killed)
	}
}

// begin starts a statement: from here on KILL, a closed client and the time limit cancel s.ctx. limit 0 means none.
func (s *session) begin(doing string, limit time.Duration) {
	if s.ctx.Err() != nil {
		s.renewContext()
	}
	s.indexes = 0
	s.questions++
	s.srv.stats.Statements.Add(1)
	s.srv.stats.Busy.Add(1)
	s.mu.Lock()
	s.running, s.doing = true, doing
	s.mu.Unlock()
	s.watch.Begin()
	s.setDeadline(limit)
}

// setDeadline sets how long the running statement may still take.
func (s *session) setDeadline(limit time.Duration) { s.watch.Limit(limit) }

// expire ends the running statement if its time is over. The watcher calls it, maybe late, when another statement runs
// already: so it looks again.
func (s *session) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running && s.watch.Late() {
		s.stop.Stop(errTimeout)
	}
}

// finish ends what begin began.
func (s *session) finish() {
	s.watch.End()
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	s.srv.stats.Busy.Add(-1)
	if s.ctx.Err() != nil {
		s.srv.stats.Cancelled.Add(1)
	}
}

// close gives everything back. It is called once, whatever ended the session.
func (s *session) close() {
	s.mu.Lock()
	running := s.running
	s.stop.Cancel(errClientGone)
	s.mu.Unlock()
	if running { // a panic went through the statement
		s.srv.stats.Busy.Add(-1)
	}
	s.closeCursors(nil)
	s.dropTx()
	if s.watch != nil {
		s.watch.Close()
	}
	if s.id != 0 {
		s.srv.reg.remove(s)
		s.srv.stats.Sessions.Add(-1)
	}
}

func (s *session) log(msg string, err error) {
	if err == nil {
		return
	}
	args := []any{"session", s.id, "client", s.addr}
	if s.login != nil {
		args = append(args, "user", s.login.User)
	}
	if s.person != "" {
		args = append(args, "for", s.person)
	}
	number, _, _ := wire.ErrorNumber(err, false)
	args = append(args, "number", number)
	var own *askwire.Error
	if errors.As(err, &own) && own.Err != nil {
		args = append(args, "op", own.Op, "cause", own.Err)
	} else if own == nil {
		args = append(args, "cause", err)
	}
	s.srv.cfg.Log.Warn(msg, args...)
}
