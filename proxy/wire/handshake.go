package wire

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the protocol's OAEP padding and mysql_native_password are defined over SHA-1
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
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
	Collation  byte          // announced default; zero = utf8mb4_general_ci
	Withhold   Capabilities  // flags of Offered that are not announced
}

// Handshaker runs the connection phase of clients: greeting, TLS, authentication from stored hashes. It is safe for
// concurrent use.
type Handshaker struct {
	cfg    HandshakeConfig
	key    *rsa.PrivateKey
	pem    []byte
	secret [32]byte // decides how unknown users are treated
	users  atomic.Pointer[userTable]
	full   chan struct{} // bounds concurrent full authentications: each costs milliseconds of CPU
}

type userTable struct {
	byName                  map[string]Credential
	any, native, onlyNative int
	mu                      sync.Mutex
	fast                    map[string][32]byte // SHA256(SHA256(password)) after a full authentication
}

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
}

// NewHandshaker makes an RSA key for password exchange without TLS (about 100 ms) and starts without users.
func NewHandshaker(cfg HandshakeConfig) (*Handshaker, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Collation == 0 {
		cfg.Collation = CollationUTF8MB4
	}
	if cfg.RequireTLS && cfg.TLS == nil {
		return nil, askwire.Errorf(askwire.WrongValue, "TLS is required but not configured.").WithHint("Set tls_cert and tls_key.")
	}
	if cfg.TLS != nil {
		cfg.TLS = cfg.TLS.Clone()
		cfg.TLS.MinVersion = max(cfg.TLS.MinVersion, tls.VersionTLS12)
	}
	h := &Handshaker{cfg: cfg, full: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if _, err := rand.Read(h.secret[:]); err != nil {
		return nil, err
	}
	var err error
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

// SetUsers replaces the users, by name, and forgets every cached authentication.
func (h *Handshaker) SetUsers(users map[string]Credential) {
	t := &userTable{byName: users, fast: map[string][32]byte{}}
	for _, c := range users {
		t.any++
		switch {
		case c.native != nil && c.sha2 == nil:
			t.onlyNative++
		case c.native != nil:
			t.native++
		}
	}
	h.users.Store(t)
}

// credential looks a user up. A name that does not exist is treated as some user of the same configuration would be,
// always the same for the same name, so that the course of the exchange does not tell that the name is unknown.
func (h *Handshaker) credential(t *userTable, user string) Credential {
	if c, ok := t.byName[user]; ok {
		return c
	}
	mac := hmac.New(sha256.New, h.secret[:])
	mac.Write([]byte(user))
	pick := int(binary.LittleEndian.Uint32(mac.Sum(nil)) % uint32(max(t.any, 1)))
	c := Credential{salt: decoy.salt, sha2: decoy.sha2, rounds: decoy.rounds}
	switch {
	case pick < t.onlyNative:
		return Credential{native: decoy.native}
	case pick < t.onlyNative+t.native:
		c.native = decoy.native
	}
	return c
}

// Accept runs the connection phase up to its last packet: on success the caller checks database and limits and ends it
// with WriteOK or WriteError, and Flush. On failure an ERR packet has been sent where the client can read one, and the
// connection must be closed. Deadline and byte budget are in force until Accept returns; ctx ends it early.
//
// A wrong password, an unknown user and a user who cannot log in with the client's plugin get the same answer after the
// same work.
func (h *Handshaker) Accept(ctx context.Context, c *Conn, id uint32) (*Login, error) {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, c.Interrupt)()
	}
	if err := c.SetDeadline(time.Now().Add(h.cfg.Timeout)); err != nil {
		return nil, err
	}
	c.SetBudget(handshakeBudget)
	login, err := h.accept(c, id)
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

// refuse sends the reason if it is one for the client.
func (h *Handshaker) refuse(c *Conn, err error) {
	var own *askwire.Error
	if errors.As(err, &own) && c.WriteError(own) == nil {
		_ = c.Flush()
	}
}

func (h *Handshaker) accept(c *Conn, id uint32) (*Login, error) {
	offered := Offered &^ h.cfg.Withhold
	if h.cfg.TLS != nil {
		offered |= CLIENT_SSL
	}
	challenge, err := newChallenge()
	if err != nil {
		return nil, err
	}
	if err := h.greet(c, id, offered, challenge); err != nil {
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
	if h.cfg.RequireTLS && !onTLS && !c.local() {
		return nil, askwire.Errorf(askwire.TLSRequired, "Connections without TLS are refused.").
			WithHint("Connect with TLS, such as --ssl-mode=REQUIRED or --ssl.")
	}
	return h.authenticate(c, hr, challenge, onTLS)
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
	// The response was computed from a challenge of the connection phase; a fresh one, sent by an auth switch, is simpler
	// and never replayable.
	hr.response, hr.plugin = nil, ""
	login, err := h.authenticate(c, hr, nil, c.secure())
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
// challenge, 0x00, plugin\0.
func (h *Handshaker) greet(c *Conn, id uint32, offered Capabilities, challenge []byte) error {
	c.begin()
	c.w = append(c.w, 10)
	c.w = append(append(c.w, h.cfg.Version...), 0)
	c.w = binary.LittleEndian.AppendUint32(c.w, id)
	c.w = append(append(c.w, challenge[:8]...), 0)
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(offered))
	c.w = append(c.w, h.cfg.Collation)
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(SERVER_STATUS_AUTOCOMMIT))
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(offered>>16))
	c.w = append(c.w, challengeLength+1)
	c.w = append(c.w, make([]byte, 10)...)
	c.w = append(append(c.w, challenge[8:]...), 0)
	c.w = append(append(c.w, CachingSHA2Password...), 0)
	if err := c.end(); err != nil {
		return err
	}
	return c.Flush()
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
	c.nc = conn
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

func accessDenied(user string, withPassword bool) error {
	yes := "NO"
	if withPassword {
		yes = "YES"
	}
	return askwire.Errorf(askwire.AccessDenied, "Access denied for user '%s' (using password: %s).", clip(user), yes).
		WithHint("Check user name and password.")
}

// clip keeps a stranger's text short and printable in messages.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 64 {
		s = string(r[:64]) + "…"
	}
	return s
}

// authenticate proves who the client is. Which exchange runs depends on the client's plugin and on which hashes the user
// has; a user that does not exist is given some.
func (h *Handshaker) authenticate(c *Conn, hr handshakeResponse, challenge []byte, onTLS bool) (*Login, error) {
	t := h.users.Load()
	cred := h.credential(t, hr.user)
	login := &Login{
		User: hr.user, Database: hr.database, Attributes: hr.attributes, Capabilities: hr.caps, Collation: hr.collation,
		MaxPacket: hr.maxPacket, TLS: onTLS,
	}
	plugin := CachingSHA2Password
	switch {
	case cred.sha2 == nil, hr.plugin == NativePassword && cred.native != nil:
		plugin = NativePassword
	case !hr.caps.Has(CLIENT_PLUGIN_AUTH):
		plugin = NativePassword // it cannot be switched
	}
	response := hr.response
	if challenge == nil || hr.plugin != plugin && hr.caps.Has(CLIENT_PLUGIN_AUTH) {
		// Clients follow one switch only, so it goes at once to the plugin that will do.
		if plugin == CachingSHA2Password && h.preferNative(c, &hr, cred) {
			plugin = NativePassword
		}
		var err error
		if response, challenge, err = h.authSwitch(c, plugin); err != nil {
			return nil, err
		}
	}
	login.Plugin = plugin
	if plugin == NativePassword {
		response = trimNUL(response, 20)
		if _, known := t.byName[hr.user]; cred.verifyNative(response, challenge) && known {
			return login, nil
		}
		return nil, accessDenied(hr.user, len(response) > 0)
	}
	ok, password, err := h.cachingSHA2(c, t, &hr, cred, trimNUL(response, 32), challenge, login)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, accessDenied(hr.user, password)
	}
	return login, nil
}

// preferNative reports whether a full caching_sha2_password exchange is better avoided: without TLS it needs RSA, which
// MariaDB's client library lacks in some builds. MySQL's own always has it, and lacks mysql_native_password since 9.0.
func (h *Handshaker) preferNative(c *Conn, hr *handshakeResponse, cred Credential) bool {
	return cred.native != nil && !c.secure() && hr.attributes["_client_name"] != "libmysql"
}

// authSwitch writes "Protocol::AuthSwitchRequest" (0xfe, plugin\0, 20 bytes challenge, 0x00) and reads the response.
func (h *Handshaker) authSwitch(c *Conn, plugin string) (response, challenge []byte, err error) {
	if challenge, err = newChallenge(); err != nil {
		return nil, nil, err
	}
	c.begin()
	c.w = append(c.w, eofHeader)
	c.w = append(append(c.w, plugin...), 0)
	c.w = append(append(c.w, challenge...), 0)
	if err := c.end(); err != nil {
		return nil, nil, err
	}
	if err := c.Flush(); err != nil {
		return nil, nil, err
	}
	response, err = c.ReadPacket(handshakeLimit)
	return response, challenge, err
}

// trimNUL takes off a zero byte that some clients send after an empty response, and one too many after a full one.
func trimNUL(b []byte, want int) []byte {
	if len(b) == 1 && b[0] == 0 || len(b) == want+1 && b[want] == 0 {
		return b[:len(b)-1]
	}
	return b
}

// cachingSHA2 runs caching_sha2_password. Fast: the response is XOR(SHA256(password), SHA256(SHA256(SHA256(password)),
// challenge)), checked against the cache. Else the full exchange: 0x01 0x04 from the server, then the password in the clear
// over TLS or a unix socket, or encrypted with the server's RSA key. A client that may not know RSA is switched to
// mysql_native_password where the user has such a hash.
func (h *Handshaker) cachingSHA2(c *Conn, t *userTable, hr *handshakeResponse, cred Credential, response, challenge []byte,
	login *Login) (ok, password bool, err error) {
	if len(response) == 0 {
		return false, false, nil // no user has an empty password
	}
	_, known := t.byName[hr.user]
	if t.fastCheck(hr.user, response, challenge) && known {
		return true, true, c.moreData(fastAuthSuccess)
	}
	secure := c.secure()
	if hr.plugin == CachingSHA2Password && h.preferNative(c, hr, cred) {
		login.Plugin = NativePassword
		response, challenge, err := h.authSwitch(c, NativePassword)
		if err != nil {
			return false, true, err
		}
		return cred.verifyNative(trimNUL(response, 20), challenge) && known, true, nil
	}
	if err := c.moreData(fullAuthNeeded); err != nil {
		return false, true, err
	}
	if err := c.Flush(); err != nil {
		return false, true, err
	}
	p, err := c.ReadPacket(handshakeLimit)
	if err != nil {
		return false, true, err
	}
	if !secure {
		if len(p) == 1 && p[0] == requestPublicKey {
			if err := c.moreData(h.pem...); err != nil {
				return false, true, err
			}
			if err := c.Flush(); err != nil {
				return false, true, err
			}
			if p, err = c.ReadPacket(handshakeLimit); err != nil {
				return false, true, err
			}
		}
		p = h.decrypt(p, challenge)
	}
	p = bytes.TrimSuffix(p, []byte{0})
	h.full <- struct{}{}
	ok = cred.verifyPassword(p) && known
	<-h.full
	if ok {
		t.remember(hr.user, p)
	}
	return ok, true, nil
}

// moreData writes "Protocol::AuthMoreData": 0x01, data.
func (c *Conn) moreData(data ...byte) error {
	c.begin()
	c.w = append(append(c.w, moreDataHeader), data...)
	return c.end()
}

// decrypt opens the RSA-OAEP message; inside is the password and a zero byte, XORed with the challenge. What cannot be
// opened is a wrong password like any other.
func (h *Handshaker) decrypt(p, challenge []byte) []byte {
	plain, err := rsa.DecryptOAEP(sha1.New(), rand.Reader, h.key, p, nil)
	if err != nil {
		return nil
	}
	for i := range plain {
		plain[i] ^= challenge[i%len(challenge)]
	}
	return plain
}

// fastCheck compares a response with the cached hash, at equal work when there is none.
func (t *userTable) fastCheck(user string, response, challenge []byte) bool {
	t.mu.Lock()
	stage2, cached := t.fast[user]
	t.mu.Unlock()
	ok := cached && len(response) == sha256.Size
	var r [sha256.Size]byte
	copy(r[:], response)
	sum := sha256.New()
	sum.Write(stage2[:])
	sum.Write(challenge)
	var mask [sha256.Size]byte
	sum.Sum(mask[:0])
	for i := range r {
		r[i] ^= mask[i]
	}
	got := sha256.Sum256(r[:])
	return subtle.ConstantTimeCompare(got[:], stage2[:]) == 1 && ok
}

// remember caches SHA256(SHA256(password)). The table holds at most one entry per known user.
func (t *userTable) remember(user string, password []byte) {
	stage1 := sha256.Sum256(password)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.fast) < maxCachedLogins {
		t.fast[user] = sha256.Sum256(stage1[:])
	}
}

// Disconnected reports whether err says that the peer closed the connection, or reset it: nothing to log.
func Disconnected(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, ErrClientGone) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
