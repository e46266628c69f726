package wire

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/askwire/askwire"
)

// The authentication plugins that the proxy speaks, as the manual spells them.
const (
	NativePassword      = "mysql_native_password"
	CachingSHA2Password = "caching_sha2_password"
)

const (
	challengeLength  = 20
	handshakeLimit   = 16 << 10 // bytes in one packet before authentication
	handshakeBudget  = 64 << 10 // bytes altogether before authentication, TLS records aside
	maxCachedLogins  = 100000
	fastAuthSuccess  = 3
	fullAuthNeeded   = 4
	requestPublicKey = 2
)

// HandshakeConfig is what all connections of a listener share.
type HandshakeConfig struct {
	Version    string        // announced in the greeting, such as "10.11.14-MariaDB-askwire"
	TLS        *tls.Config   // nil = no TLS. TLS 1.2 is the least spoken, whatever it says.
	RequireTLS bool          // refuse clients without TLS (unix sockets aside) with error 3159
	Timeout    time.Duration // for the whole connection phase; zero = 10 s
	Withhold   Capabilities  // flags of Offered that are not announced
}

// Handshaker runs the connection phase of clients: greeting, TLS, authentication from stored hashes. It is safe for
// concurrent use. Those made by Another share the users and what is remembered of failed logins.
type Handshaker struct {
	cfg     HandshakeConfig
	version atomic.Pointer[string]
	*accounts
}

// accounts are who may log in, and who has failed to.
type accounts struct {
	key    *rsa.PrivateKey
	pem    []byte
	secret [32]byte // decides how unknown users are treated
	users  atomic.Pointer[userTable]
	full   chan struct{} // bounds concurrent full authentications: each costs milliseconds of CPU
	failed backOff
	now    askwire.Clock
	pause  func(context.Context, time.Duration) error
}

// SetVersion changes what is announced to later clients: the backend may be reached only after the start.
func (h *Handshaker) SetVersion(v string) { h.version.Store(&v) }

// Version is what is announced.
func (h *Handshaker) Version() string { return *h.version.Load() }

// Login is what a client said and proved in the connection phase.
type Login struct {
	User         string
	Database     string // asked for, not checked
	Attributes   map[string]string
	Capabilities Capabilities // of both sides
	Collation    uint16
	MaxPacket    uint32
	TLS          bool
	Plugin       string // that the user was authenticated with
	Progress     bool   // the client understands MariaDB's progress packets
}

// NewHandshaker makes an RSA key for password exchange without TLS (about 100 ms) and starts without users.
func NewHandshaker(cfg HandshakeConfig) (*Handshaker, error) {
	h, err := newHandshaker(cfg)
	if err != nil {
		return nil, err
	}
	h.accounts = &accounts{full: make(chan struct{}, runtime.GOMAXPROCS(0)), now: time.Now, pause: pause}
	if _, err := rand.Read(h.secret[:]); err != nil {
		return nil, err
	}
	if h.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&h.key.PublicKey)
	if err != nil {
		return nil, err
	}
	h.pem = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	h.SetUsers(nil)
	return h, nil
}

// Another makes a handshaker for another listener: with a greeting and a certificate of its own, and the same users.
func (h *Handshaker) Another(cfg HandshakeConfig) (*Handshaker, error) {
	o, err := newHandshaker(cfg)
	if err == nil {
		o.accounts = h.accounts
	}
	return o, err
}

func newHandshaker(cfg HandshakeConfig) (*Handshaker, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.RequireTLS && cfg.TLS == nil {
		return nil, askwire.Errorf(askwire.WrongValue, "TLS is required but not configured.").WithHint("Set tls_cert and tls_key.")
	}
	if cfg.TLS != nil {
		cfg.TLS = cfg.TLS.Clone()
		cfg.TLS.MinVersion = max(cfg.TLS.MinVersion, tls.VersionTLS12)
	}
	h := &Handshaker{cfg: cfg}
	h.SetVersion(cfg.Version)
	return h, nil
}

// Accept runs the connection phase up to its last packet: on success the caller checks database and limits and ends it
// with WriteOK or WriteError, and Flush. On failure an ERR packet has been sent where the client can read one, and the
// connection must be closed. Deadline and byte budget are in force until Accept returns; ctx ends it early.
//
// A wrong password, an unknown user and a user who cannot log in with the client's plugin get the same answer after the
// same work. After several failures the next attempts for the same user or from the same address take longer, at most
// 2 seconds.
func (h *Handshaker) Accept(ctx context.Context, c *Conn, id uint32) (*Login, error) {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, c.Interrupt)()
	}
	if err := h.limit(c); err != nil {
		return nil, err
	}
	login, err := h.accept(ctx, c, id)
	if err != nil {
		h.refuse(c, err)
		return nil, err
	}
	c.NoBudget()
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return login, nil
}

// limit puts deadline and byte budget of the connection phase in force, once.
func (h *Handshaker) limit(c *Conn) error {
	if c.capped {
		return nil
	}
	c.SetBudget(handshakeBudget)
	return c.SetDeadline(time.Now().Add(h.cfg.Timeout))
}

// refuse sends the reason if it is one for the client.
func (h *Handshaker) refuse(c *Conn, err error) {
	var own *askwire.Error
	if errors.As(err, &own) && c.WriteError(own) == nil {
		_ = c.Flush()
	}
}

func (h *Handshaker) accept(ctx context.Context, c *Conn, id uint32) (*Login, error) {
	version := h.Version()
	offered := Offered &^ h.cfg.Withhold
	if isMariaDB(version) {
		offered &^= CLIENT_LONG_PASSWORD
	}
	if h.cfg.TLS != nil {
		offered |= CLIENT_SSL
	}
	challenge, err := newChallenge()
	if err != nil {
		return nil, err
	}
	c.challenge = challenge
	if err := h.greet(c, version, id, offered, challenge); err != nil {
		return nil, err
	}
	p, err := c.ReadPacket(handshakeLimit)
	if err != nil {
		return nil, err
	}
	hr, err := parseHandshakeResponse(p, offered)
	if err != nil {
		return nil, err
	}
	onTLS := false
	if hr.ssl {
		if err := c.startTLS(h.cfg.TLS); err != nil {
			return nil, err
		}
		onTLS = true
		if p, err = c.ReadPacket(handshakeLimit); err != nil {
			return nil, err
		}
		if hr, err = parseHandshakeResponse(p, offered); err != nil {
			return nil, err
		}
		if hr.ssl {
			return nil, malformedHandshake()
		}
	}
	hr.caps &^= CLIENT_SSL
	if onTLS {
		hr.caps |= CLIENT_SSL
	}
	c.SetCapabilities(hr.caps)
	c.extended = hr.extended&MARIADB_CLIENT_EXTENDED_METADATA != 0
	if h.cfg.RequireTLS && !onTLS && !c.local() {
		return nil, askwire.Errorf(askwire.TLSRequired, "Connections without TLS are refused.").
			WithHint("Connect with TLS, such as --ssl-mode=REQUIRED or --ssl.")
	}
	return h.admit(ctx, c, hr, challenge, onTLS)
}

// admit authenticates at the pace that earlier failures allow. An exchange that the client breaks off is a failure as well:
// its course may have told the client that the password is wrong.
func (h *Handshaker) admit(ctx context.Context, c *Conn, hr handshakeResponse, challenge []byte, onTLS bool) (*Login, error) {
	address := addressKey(c.RemoteAddr())
	if d := h.loginDelay(hr.user, address); d > 0 {
		if err := h.pause(ctx, d); err != nil {
			return nil, err
		}
	}
	login, err := h.authenticate(c, hr, challenge, onTLS)
	h.loginEnded(hr.user, address, err == nil)
	return login, err
}

// ChangeUser authenticates from scratch for COM_CHANGE_USER; p is the command's payload after its first byte. The caller
// answers as after Accept. With an error the connection must be closed: an ERR packet has been sent if there is one to
// send.
func (h *Handshaker) ChangeUser(ctx context.Context, c *Conn, p []byte) (*Login, error) {
	hr, err := parseChangeUser(p, c.caps)
	if err != nil {
		h.refuse(c, err)
		return nil, err
	}
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, c.Interrupt)()
	}
	if err := c.SetDeadline(time.Now().Add(h.cfg.Timeout)); err != nil {
		return nil, err
	}
	// An auth switch asks for the response again: the plugin that the client has guessed may not be the user's.
	hr.response, hr.plugin = nil, ""
	login, err := h.admit(ctx, c, hr, nil, c.secure())
	if err != nil {
		h.refuse(c, err)
		return nil, err
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return login, nil
}

// greet writes "Protocol::HandshakeV10": 0x0a, version\0, 4 bytes id, 8 bytes challenge, 0x00, 2 bytes capabilities (low),
// 1 byte collation, 2 bytes status, 2 bytes capabilities (high), 1 byte challenge length (21), 10 bytes filler, 12 bytes
// challenge, 0x00, plugin\0. MariaDB has its extended capabilities in the last 4 bytes of the filler, and 5.5.5- before a version
// of 10: clients that know MySQL alone take it for that version's server, as they do before MariaDB itself.
func (h *Handshaker) greet(c *Conn, version string, id uint32, offered Capabilities, challenge []byte) error {
	c.begin()
	c.w = append(c.w, 10)
	var extended uint32
	if isMariaDB(version) {
		extended = extendedOffered
		if strings.HasPrefix(version, "10.") {
			c.w = append(c.w, "5.5.5-"...)
		}
	}
	c.w = append(append(c.w, version...), 0)
	c.w = binary.LittleEndian.AppendUint32(c.w, id)
	c.w = append(append(c.w, challenge[:8]...), 0)
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(offered))
	c.w = append(c.w, announcedCollation(version))
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(SERVER_STATUS_AUTOCOMMIT))
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(offered>>16))
	c.w = append(c.w, challengeLength+1)
	c.w = append(c.w, make([]byte, 6)...)
	c.w = binary.LittleEndian.AppendUint32(c.w, extended)
	c.w = append(append(c.w, challenge[8:]...), 0)
	c.w = append(append(c.w, CachingSHA2Password...), 0)
	if err := c.end(); err != nil {
		return err
	}
	return c.Flush()
}

// isMariaDB is how clients tell.
func isMariaDB(version string) bool { return strings.Contains(version, "MariaDB") }

// announcedCollation is the default of utf8mb4 on the announced server. Some clients choose theirs by it.
func announcedCollation(version string) byte {
	switch {
	case strings.Contains(version, "TiDB"):
		return collationUTF8MB4Bin
	case isMariaDB(version) || strings.HasPrefix(version, "5."):
		return CollationUTF8MB4
	default:
		return collationUTF8MB40900
	}
}

// newChallenge makes 20 random bytes; a zero byte would end them early for some clients, and '$' for MySQL's own.
func newChallenge() ([]byte, error) {
	b := make([]byte, challengeLength)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	for i := range b {
		b[i] &= 0x7f
		if b[i] == 0 || b[i] == '$' {
			b[i]++
		}
	}
	return b, nil
}

// startTLS goes on over TLS. Bytes that arrived with the SSLRequest belong to the TLS handshake.
func (c *Conn) startTLS(cfg *tls.Config) error {
	early := append([]byte(nil), c.r[c.rpos:c.rend]...)
	c.rpos, c.rend = 0, 0
	conn := tls.Server(&replayConn{Conn: c.nc, early: early}, cfg)
	if err := conn.Handshake(); err != nil {
		return err
	}
	c.mu.Lock()
	c.nc = conn
	c.mu.Unlock()
	return nil
}

// replayConn gives back bytes that were read too far before it reads on.
type replayConn struct {
	net.Conn
	early []byte
}

func (r *replayConn) Read(b []byte) (int, error) {
	if len(r.early) > 0 {
		n := copy(b, r.early)
		if r.early = r.early[n:]; len(r.early) == 0 {
			r.early = nil
		}
		return n, nil
	}
	return r.Conn.Read(b)
}

// local reports whether the peer is on this machine by construction: a unix socket.
func (c *Conn) local() bool {
	_, ok := c.raw.(*net.UnixConn)
	return ok
}

// secure reports whether a password may cross the connection as it is.
func (c *Conn) secure() bool {
	_, ok := c.nc.(*tls.Conn)
	return ok || c.local()
}

// Disconnected reports whether err says that the peer closed the connection, or reset it: nothing to log.
func Disconnected(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, ErrClientGone) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
