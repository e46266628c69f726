package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// Config is what a Server is built from. All fields but the optional ones must be set.
type Config struct {
	Handshaker *wire.Handshaker // of Serve; shared with whoever calls its SetUsers
	Directory  Directory
	Asker      Asker
	Recorder   Recorder
	Curator    Curator // optional, with Library: without them questions cannot be saved
	Library    Library
	Annotator  Annotator // optional
	// Outdated, optional, is called when a backend has refused a name that its catalog has. It must not wait.
	Outdated func(backend string)
	Log      *slog.Logger  // optional; never gets literals
	Clock    askwire.Clock // optional
	Settings Settings
}

// Settings may change while the server runs. Zero values are replaced by the defaults named here.
type Settings struct {
	AskWord               string         // "ask"
	MaxSessions           int            // 10000
	MaxSessionsPerUser    int            // 1000
	MaxSessionsPerAddress int            // 1000
	MaxLoggingIn          int            // connections that have not logged in: 500; one more ends the oldest
	MaxPacket             int            // bytes of one command: 64 MiB; of a statement's text at most 16 MiB
	WriteTimeout          time.Duration  // how long a client may not read: 1 minute
	IdleTimeout           time.Duration  // wait_timeout at login: 8 hours
	TransactionIdle       time.Duration  // a session that idles longer within a transaction is closed: 10 minutes
	Balancers             []netip.Prefix // peers that send a PROXY protocol header, version 2, and must
	AuditRequired         bool
	AuditPlain            string // all | denied | off; "denied"
}

func (s Settings) withDefaults() *Settings {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&s.MaxSessions, 10000)
	def(&s.MaxSessionsPerUser, 1000)
	def(&s.MaxSessionsPerAddress, 1000)
	def(&s.MaxLoggingIn, 500)
	def(&s.MaxPacket, 64<<20)
	if s.AskWord == "" {
		s.AskWord = "ask"
	}
	if s.WriteTimeout <= 0 {
		s.WriteTimeout = time.Minute
	}
	if s.IdleTimeout <= 0 {
		s.IdleTimeout = 8 * time.Hour
	}
	if s.TransactionIdle <= 0 {
		s.TransactionIdle = 10 * time.Minute
	}
	if s.AuditPlain == "" {
		s.AuditPlain = "denied"
	}
	return &s
}

// Server accepts clients and serves them, at most one goroutine a session.
type Server struct {
	cfg      Config
	settings atomic.Pointer[Settings]
	stats    Stats
	indexes  kept[indexKey, []string]
	metadata kept[shapeKey, shape]
	shapes   sync.Map // shapeKey → shape: how a backend describes its SHOWs and values

	embedded  kept[sqlKey, embedded]
	described kept[sqlKey, []askwire.Column]
	started   time.Time
	reg       registry
	watcher   *wire.Watcher
	draining  atomic.Bool

	closed func() error // closes the watcher, once

	ctx    context.Context // ends every session when it is cancelled
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup // sessions

	mu        sync.Mutex
	listeners map[net.Listener]bool
}

// New checks the parts and makes a server that listens nowhere yet.
func New(cfg Config) (*Server, error) {
	if cfg.Handshaker == nil || cfg.Directory == nil || cfg.Asker == nil || cfg.Recorder == nil {
		return nil, askwire.Errorf(askwire.Internal, "A server needs a handshaker, a directory, an asker and a recorder.")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	s := &Server{cfg: cfg, started: cfg.Clock(), listeners: map[net.Listener]bool{}}
	s.Set(cfg.Settings)
	s.reg.init()
	s.watcher = wire.NewWatcher(0)
	s.closed = sync.OnceValue(s.watcher.Close)
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s, nil
}

// Set replaces the settings, after the Directory has changed on a reload. Limits hold for new sessions, the rest from each
// session's next statement on. Sessions of principals that are gone end at once.
func (s *Server) Set(settings Settings) {
	s.settings.Store(settings.withDefaults())
	s.reg.each(func(x *session) {
		for _, name := range []*string{x.name.Load(), x.account.Load()} {
			if name == nil {
				continue
			}
			if _, ok := s.cfg.Directory.User(*name); !ok {
				x.kill(errUserGone)
			}
		}
	})
}

// Stats are the server's counters.
func (s *Server) Stats() *Stats { return &s.stats }

// Serve accepts clients until Shutdown, which makes it return nil, or until the listener fails. It closes the listener.
func (s *Server) Serve(l net.Listener) error { return s.ServeAs(l, s.cfg.Handshaker, "") }

// ServeAs is Serve for a listener with a greeting of its own, made by Another of the server's Handshaker. Its clients begin
// with their first profile of the backend, where they have one. It may be called for several listeners.
func (s *Server) ServeAs(l net.Listener, h *wire.Handshaker, backend string) error {
	s.mu.Lock()
	if s.draining.Load() {
		s.mu.Unlock()
		return l.Close()
	}
	s.listeners[l] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
		_ = l.Close()
	}()
	for wait := time.Duration(0); ; {
		nc, err := l.Accept()
		if err != nil {
			if s.draining.Load() || errors.Is(err, net.ErrClosed) {
				return nil
			}
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() && wait > time.Second {
				return err
			}
			// Out of file descriptors, for instance: wait a little longer each time, then give up.
			wait = max(2*wait, 5*time.Millisecond)
			select {
			case <-time.After(wait):
			case <-s.ctx.Done():
				return nil
			}
			continue
		}
		wait = 0
		s.mu.Lock()
		if s.draining.Load() {
			s.mu.Unlock()
			_ = nc.Close()
			continue
		}
		s.wg.Add(1)
		s.mu.Unlock()
		go s.serve(nc, door{h, backend})
	}
}

// serve is one session's life: the login on this goroutine, the commands as a task where that can be.
func (s *Server) serve(nc net.Conn, d door) {
	sess := newSession(s, wire.NewConn(nc), d)
	in := false
	s.guard(sess, func() { in = sess.connect() })
	if !in {
		s.end(sess)
		return
	}
	sess.c.Serve(func(t *wire.Task) {
		sess.task = t
		defer s.end(sess)
		s.guard(sess, sess.commands)
	})
}

// guard keeps a panic to the session in which it happens.
func (s *Server) guard(sess *session, fn func()) {
	defer func() {
		if r := recover(); r != nil {
			s.stats.Panics.Add(1)
			s.cfg.Log.Error("a session panicked and was closed", "panic", r, "stack", string(debug.Stack()))
			_ = sess.c.SetDeadline(time.Now().Add(time.Second))
			_ = sess.c.WriteError(askwire.Errorf(askwire.Internal, "An internal error of askwire ended the session.").WithHint("Tell the operator the time; the log has the cause."))
			_ = sess.c.Flush()
		}
	}()
	fn()
}

func (s *Server) end(sess *session) {
	defer s.wg.Done()
	defer sess.c.Close()
	sess.close()
}

// door is what a session knows of the listener through which it came.
type door struct {
	hands   *wire.Handshaker
	backend string // that the greeting announces; "" = any
}

// Shutdown ends the server: gracefully while ctx lasts, then at once. It returns when no session is left.
//
//  1. Listeners close first, so that balancers and clients see the way shut and go elsewhere.
//  2. Idle sessions outside a transaction end: they have nothing to lose.
//  3. Busy sessions finish their statement; a transaction may go on until it commits.
//  4. When ctx ends, statements are cancelled: model calls stop, backend queries are killed, clients get error 1053.
//  5. The goroutines are waited for, so that records are written before the store closes.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining.Store(true)
	for l := range s.listeners {
		_ = l.Close()
	}
	s.mu.Unlock()
	s.reg.each(func(x *session) { x.endIfIdle() })
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return s.closed()
	case <-ctx.Done():
	}
	s.cancel(errShutdown)
	s.reg.each(func(x *session) { x.kill(errShutdown) })
	<-done
	return errors.Join(ctx.Err(), s.closed())
}

var errShutdown = askwire.Errorf(askwire.ShuttingDown, "The proxy is shutting down.").WithHint("Connect again.")
