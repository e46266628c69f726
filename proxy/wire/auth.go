package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the protocol's OAEP padding is defined over SHA-1
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"strings"
	"sync"

	"github.com/askwire/askwire"
)

// userTable is the users of one load of the configuration.
type userTable struct {
	byName                  map[string]Credential
	any, native, onlyNative int
	mu                      sync.Mutex
	fast                    map[string][32]byte // SHA256(SHA256(password)) after a full authentication
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
		Progress: hr.extended&MARIADB_CLIENT_PROGRESS != 0,
	}
	plugin := CachingSHA2Password
	switch {
	case cred.sha2 == nil, hr.plugin == NativePassword && cred.native != nil, cred.native != nil && h.misreads(&hr):
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

// misreads reports whether the client cannot follow caching_sha2_password: MySQL Connector/J takes a MariaDB 10 for the 5.5.5 that
// its greeting begins with, and reads AuthMoreData as servers before 5.5.16 sent it.
func (h *Handshaker) misreads(hr *handshakeResponse) bool {
	return hr.attributes["_client_name"] == "MySQL Connector/J" && isMariaDB(h.Version()) && strings.HasPrefix(h.Version(), "10.")
}

// preferNative reports whether a full caching_sha2_password exchange is better avoided: without TLS it needs RSA, which
// MariaDB's client library lacks in some builds. MySQL's own always has it, and lacks mysql_native_password since 9.0.
func (h *Handshaker) preferNative(c *Conn, hr *handshakeResponse, cred Credential) bool {
	return cred.native != nil && !c.secure() && hr.attributes["_client_name"] != "libmysql"
}

// authSwitch writes "Protocol::AuthSwitchRequest" (0xfe, plugin\0, 20 bytes challenge, 0x00) and reads the response. The
// challenge is the connection's, as it is with the servers: in COM_CHANGE_USER, MariaDB's client library answers a switch to
// the plugin that it has used already without reading the new one.
func (h *Handshaker) authSwitch(c *Conn, plugin string) (response, challenge []byte, err error) {
	if challenge = c.challenge; challenge == nil {
		if challenge, err = newChallenge(); err != nil {
			return nil, nil, err
		}
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
