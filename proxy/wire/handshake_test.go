package wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
)

// miniServer is a server with a handshake and two answers: it says who is logged in.
type miniServer struct {
	t    *testing.T
	h    *Handshaker
	ln   net.Listener
	wg   sync.WaitGroup
	mu   sync.Mutex
	seen []*Login
}

func newMiniServer(t *testing.T, cfg HandshakeConfig, network string) *miniServer {
	t.Helper()
	if cfg.Version == "" {
		cfg.Version = "10.11.14-MariaDB-askwire"
	}
	h, err := NewHandshaker(cfg)
	if err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = t.TempDir() + "/s"
	}
	ln, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &miniServer{t: t, h: h, ln: ln}
	h.SetUsers(map[string]Credential{
		"ana":  credential(t, true, false),
		"both": credential(t, true, true),
		"old":  credential(t, false, true),
	})
	s.wg.Go(func() {
		for id := uint32(1); ; id++ {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(NewConn(nc), id) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		s.wg.Wait()
	})
	return s
}

// credential has the password "geheim".
func credential(t testing.TB, sha2, native bool) Credential {
	t.Helper()
	var parts []string
	for _, f := range []struct {
		on bool
		fn func(string) (string, error)
	}{{sha2, HashPassword}, {native, HashNativePassword}} {
		if f.on {
			h, err := f.fn("geheim")
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, h)
		}
	}
	c, err := ParseCredential(strings.Join(parts, " "))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *miniServer) serve(c *Conn, id uint32) {
	defer c.Close()
	login, err := s.h.Accept(context.Background(), c, id)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.seen = append(s.seen, login)
	s.mu.Unlock()
	ok := OK{Status: SERVER_STATUS_AUTOCOMMIT}
	for c.WriteOK(ok) == nil && c.Flush() == nil {
		cmd, p, err := c.ReadCommand(1 << 20)
		for ; err == nil && cmd == COM_QUERY; cmd, p, err = c.ReadCommand(1 << 20) {
			w := c.NewResult(TextColumn("user"), IntColumn("id"), TextColumn("plugin"), TextColumn("query"))
			_ = w.Row(login.User, int64(id), login.Plugin, p)
			_ = w.Row(nil, nil, nil, "")
			if w.Close(SERVER_STATUS_AUTOCOMMIT, 0) != nil || c.Flush() != nil {
				return
			}
		}
		switch {
		case err != nil, cmd == COM_QUIT:
			return
		case cmd == COM_CHANGE_USER:
			if login, err = s.h.ChangeUser(context.Background(), c, p); err != nil {
				return
			}
		}
	}
}

// last is the latest login that succeeded.
func (s *miniServer) last() (*Login, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		return nil, errors.New("nobody came")
	}
	return s.seen[len(s.seen)-1], nil
}

func (s *miniServer) dsn(user, password, params string) string {
	return fmt.Sprintf("%s:%s@%s(%s)/shop?%s", user, password, s.ln.Addr().Network(), s.ln.Addr(), params)
}

// whoAmI logs in with go-sql-driver and asks.
func whoAmI(dsn string) (string, error) {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var user, plugin, query string
	var id int
	if err := db.QueryRow("who").Scan(&user, &id, &plugin, &query); err != nil {
		return "", err
	}
	return user + " " + plugin, nil
}

func selfSigned(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "askwire"}, NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestLogin(t *testing.T) {
	for _, transport := range []string{"plain", "tls", "unix"} {
		t.Run(transport, func(t *testing.T) {
			cfg, network, params := HandshakeConfig{}, "tcp", ""
			switch transport {
			case "tls":
				cfg.TLS, params = selfSigned(t), "tls=skip-verify"
			case "unix":
				network = "unix"
			}
			s := newMiniServer(t, cfg, network)
			for _, tc := range []struct{ name, user, password, params, want string }{
				{"Full", "ana", "geheim", "", "ana caching_sha2_password"},
				{"Fast", "ana", "geheim", "", "ana caching_sha2_password"},
				{"Native", "old", "geheim", "", "old mysql_native_password"},
				{"Wrong", "ana", "Geheim", "", "1045"},
				{"WrongNative", "old", "Geheim", "", "1045"},
				{"WrongBoth", "both", "Geheim", "", "1045"},
				{"Empty", "ana", "", "", "1045"},
				{"EmptyNative", "old", "", "", "1045"},
				{"Unknown", "nobody", "geheim", "", "1045"},
				{"UnknownEmpty", "nobody", "", "", "1045"},
				{"FastAgain", "ana", "geheim", "", "ana caching_sha2_password"},
			} {
				t.Run(tc.name, func(t *testing.T) {
					got, err := whoAmI(s.dsn(tc.user, tc.password, params+"&"+tc.params))
					var my *mysql.MySQLError
					if errors.As(err, &my) {
						if string(my.SQLState[:]) != "28000" || !strings.Contains(my.Message, "Access denied for user '"+tc.user+"'") {
							t.Errorf("%v", my)
						}
						got = fmt.Sprint(my.Number)
					} else if err != nil {
						t.Fatal(err)
					}
					if got != tc.want {
						t.Errorf("got %s, want %s", got, tc.want)
					}
				})
			}
			login, err := s.last()
			if err != nil || login.Database != "shop" || login.TLS != (transport == "tls") || login.Attributes["_client_name"] == "" {
				t.Errorf("login %+v, %v", login, err)
			}
			s.h.SetUsers(map[string]Credential{"both": credential(t, true, true)})
			if _, err := whoAmI(s.dsn("ana", "geheim", params)); err == nil {
				t.Error("a removed user can log in")
			}
		})
	}
}

func TestRequireTLS(t *testing.T) {
	s := newMiniServer(t, HandshakeConfig{TLS: selfSigned(t), RequireTLS: true}, "tcp")
	_, err := whoAmI(s.dsn("ana", "geheim", "tls=false"))
	var my *mysql.MySQLError
	if !errors.As(err, &my) || my.Number != 3159 {
		t.Errorf("without TLS: %v", err)
	}
	if got, err := whoAmI(s.dsn("ana", "geheim", "tls=skip-verify")); err != nil || got != "ana caching_sha2_password" {
		t.Errorf("with TLS: %s, %v", got, err)
	}
	if _, err := NewHandshaker(HandshakeConfig{RequireTLS: true}); err == nil {
		t.Error("TLS required without a certificate was accepted")
	}
}

// The packets of a failed login are the same for a user that does not exist and for a wrong password.
func TestUnknownUserLooksLikeWrongPassword(t *testing.T) {
	for _, users := range []map[string]Credential{
		{"ana": credential(t, true, false)},
		{"ana": credential(t, true, true)},
		{"ana": credential(t, false, true)},
	} {
		s := newMiniServer(t, HandshakeConfig{}, "tcp")
		s.h.SetUsers(users)
		for _, plugin := range []string{CachingSHA2Password, NativePassword, "mysql_clear_password", ""} {
			known, unknown := s.transcript(t, "ana", plugin), s.transcript(t, "bob", plugin)
			if known != unknown {
				t.Errorf("plugin %q:\nknown   %s\nunknown %s", plugin, known, unknown)
			}
			if !strings.HasSuffix(known, "ff1504") { // ERR 1045
				t.Errorf("plugin %q ended in %s", plugin, known)
			}
		}
	}
}

// transcript logs in with a wrong response and lists the kinds of packets that the server sends.
func (s *miniServer) transcript(t *testing.T, user, plugin string) string {
	t.Helper()
	nc, err := net.Dial(s.ln.Addr().Network(), s.ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c := NewConn(nc)
	if _, err := c.ReadPacket(1 << 16); err != nil {
		t.Fatal(err)
	}
	caps := CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION
	if plugin != "" {
		caps |= CLIENT_PLUGIN_AUTH
	}
	wrong := func() []byte {
		if plugin == CachingSHA2Password {
			return make([]byte, 32)
		}
		return make([]byte, 20)
	}
	c.begin()
	c.w = append(c.w, byte(caps), byte(caps>>8), byte(caps>>16), byte(caps>>24), 0, 0, 0, 1, 45)
	c.w = append(c.w, make([]byte, 23)...)
	c.w = append(append(c.w, user...), 0)
	c.w = append(append(c.w, byte(len(wrong()))), wrong()...)
	if plugin != "" {
		c.w = append(append(c.w, plugin...), 0)
	}
	if err := errors.Join(c.end(), c.Flush()); err != nil {
		t.Fatal(err)
	}
	var seen []string
	for {
		p, err := c.ReadPacket(1 << 16)
		if err != nil {
			t.Fatalf("%v after %v", err, seen)
		}
		answer := []byte{2}
		switch p[0] {
		case errHeader:
			return strings.Join(append(seen, hex.EncodeToString(p[:3])), " ")
		case eofHeader:
			name, _, _ := strings.Cut(string(p[1:]), "\x00")
			seen = append(seen, "switch:"+name)
			answer = make([]byte, 32)
			if name == NativePassword {
				answer = answer[:20]
			}
		case moreDataHeader:
			if len(p) == 2 {
				seen = append(seen, hex.EncodeToString(p))
			} else {
				seen, answer = append(seen, "key"), make([]byte, 256)
			}
		default:
			t.Fatalf("unexpected packet %x", p)
		}
		if err := errors.Join(c.WritePacket(answer), c.Flush()); err != nil {
			t.Fatal(err)
		}
	}
}

// A client that comes with mysql_native_password is not switched when the user has such a hash.
func TestNativeWithoutSwitch(t *testing.T) {
	s := newMiniServer(t, HandshakeConfig{}, "tcp")
	for _, caps := range []Capabilities{CLIENT_PLUGIN_AUTH, 0} {
		nc, err := net.Dial("tcp", s.ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		c := NewConn(nc)
		p, err := c.ReadPacket(1 << 10)
		if err != nil {
			t.Fatal(err)
		}
		r := reader{b: p}
		r.take(1)
		r.nulString()
		r.take(4)
		challenge := append([]byte(nil), r.take(8)...)
		r.take(19)
		challenge = append(challenge, r.take(12)...)
		caps |= CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION
		c.begin()
		c.w = append(c.w, byte(caps), byte(caps>>8), byte(caps>>16), byte(caps>>24), 0, 0, 0, 1, 45)
		c.w = append(c.w, make([]byte, 23)...)
		c.w = append(append(c.w, "both"...), 0, 20)
		c.w = append(c.w, nativeResponse("geheim", challenge)...)
		c.w = append(append(c.w, NativePassword...), 0)
		if err := errors.Join(c.end(), c.Flush()); err != nil {
			t.Fatal(err)
		}
		if p, err = c.ReadPacket(1 << 10); err != nil || p[0] != okHeader {
			t.Errorf("capabilities %x: %x, %v", uint32(caps), p, err)
		}
	}
}

func TestChangeUser(t *testing.T) {
	s := newMiniServer(t, HandshakeConfig{}, "tcp")
	b, err := dialBackend(t.Context(), &BackendConfig{User: "both", Password: askwire.NewSecret("geheim")}, Address{"tcp", s.ln.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	challenge := ""
	for _, tc := range []struct {
		user string
		want byte
	}{{"old", okHeader}, {"old", okHeader}, {"nobody", errHeader}} {
		payload := append([]byte(tc.user), 0, 0, 0, 45, 0)
		payload = append(append(payload, NativePassword...), 0)
		b.c.ResetSequence()
		if err := errors.Join(b.c.WritePacket(append([]byte{byte(COM_CHANGE_USER)}, payload...)), b.c.Flush()); err != nil {
			t.Fatal(err)
		}
		p, err := b.c.ReadPacket(1 << 16)
		if err != nil || p[0] != eofHeader {
			t.Fatalf("no auth switch: %x, %v", p, err)
		}
		_, rest, _ := strings.Cut(string(p[1:]), "\x00")
		if challenge == "" {
			challenge = rest
		} else if rest != challenge {
			t.Error("the challenge changes within a connection: MariaDB's client library answers with the first one's")
		}
		response := nativeResponse("geheim", []byte(rest)[:20])
		if !strings.HasPrefix(string(p[1:]), NativePassword) {
			response = make([]byte, 32)
		}
		if err := errors.Join(b.c.WritePacket(response), b.c.Flush()); err != nil {
			t.Fatal(err)
		}
		if p, err = b.c.ReadPacket(1 << 16); err != nil {
			t.Fatal(err)
		}
		for len(p) == 2 && p[0] == moreDataHeader || p[0] == moreDataHeader {
			if err := errors.Join(b.c.WritePacket(make([]byte, 256)), b.c.Flush()); err != nil {
				t.Fatal(err)
			}
			if p, err = b.c.ReadPacket(1 << 16); err != nil {
				t.Fatal(err)
			}
		}
		if p[0] != tc.want {
			t.Errorf("user %s: answer %x", tc.user, p)
		}
	}
}

// The mariadb CLI logs in over TCP without TLS, as the README's first command does.
func TestMariaDBCLI(t *testing.T) {
	cli, err := exec.LookPath("mariadb")
	if err != nil {
		t.Fatal("the mariadb CLI is missing: install mariadb-client")
	}
	run := func(s *miniServer, args ...string) (string, error) {
		_, port, _ := net.SplitHostPort(s.ln.Addr().String())
		args = append([]string{"--no-defaults", "-h", "127.0.0.1", "-P", port, "-N", "-B", "-e", "who"}, args...)
		out, err := exec.CommandContext(t.Context(), cli, args...).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	plain := newMiniServer(t, HandshakeConfig{}, "tcp")
	if out, err := run(plain, "-uboth", "-pgeheim"); err != nil || !strings.Contains(out, NativePassword) {
		t.Errorf("both hashes, no TLS: %s, %v", out, err)
	}
	// What the client says of itself is kept across the switch of the plugin.
	if login, err := plain.last(); err != nil || login.Attributes["_client_name"] != "libmariadb" {
		t.Errorf("%+v, %v", login, err)
	}
	if out, err := run(plain, "-uold", "-pgeheim"); err != nil || !strings.Contains(out, NativePassword) {
		t.Errorf("native hash, no TLS: %s, %v", out, err)
	}
	if out, err := run(plain, "-uboth", "-pfalsch"); err == nil || !strings.Contains(out, "ERROR 1045 (28000)") {
		t.Errorf("wrong password: %s, %v", out, err)
	}
	onTLS := newMiniServer(t, HandshakeConfig{TLS: selfSigned(t)}, "tcp")
	if out, err := run(onTLS, "-uana", "-pgeheim", "--ssl"); err != nil || !strings.Contains(out, CachingSHA2Password) {
		t.Errorf("caching_sha2_password over TLS: %s, %v", out, err)
	}
	// Once the password is cached, the fast path needs no TLS.
	if out, err := run(onTLS, "-uana", "-pgeheim"); err != nil || !strings.Contains(out, CachingSHA2Password) {
		t.Errorf("fast path: %s, %v", out, err)
	}
}

// A stranger is cut off by the deadline, and by the byte budget; what it announces is not allocated.
func TestStrangers(t *testing.T) {
	t.Run("Silent", func(t *testing.T) {
		s := newMiniServer(t, HandshakeConfig{Timeout: 50 * time.Millisecond}, "tcp")
		nc, err := net.Dial("tcp", s.ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if _, err := io.Copy(io.Discard, nc); err != nil { // behind the greeting, for which there may be no time either
			t.Errorf("got %v", err)
		}
	})
	s := newMiniServer(t, HandshakeConfig{}, "tcp")
	dial := func() net.Conn {
		nc, err := net.Dial("tcp", s.ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { nc.Close() })
		if _, err := NewConn(nc).ReadPacket(1 << 16); err != nil {
			t.Fatal(err)
		}
		return nc
	}
	t.Run("AnnouncesMuch", func(t *testing.T) {
		nc := dial()
		if _, err := nc.Write([]byte{0xff, 0xff, 0xff, 1}); err != nil {
			t.Fatal(err)
		}
		p, err := io.ReadAll(nc)
		if err != nil || len(p) < 7 || p[4] != errHeader || p[5] != 0x81 || p[6] != 0x04 { // 1153
			t.Errorf("got %x, %v", p, err)
		}
	})
	t.Run("Truncated", func(t *testing.T) {
		nc := dial()
		if _, err := nc.Write([]byte{5, 0, 0, 1, 0, 2, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		p, err := io.ReadAll(nc)
		if err != nil || len(p) < 7 || p[4] != errHeader || p[5] != 0x2b || p[6] != 0x07 { // 1835
			t.Errorf("got %x, %v", p, err)
		}
	})
	t.Run("WrongSequence", func(t *testing.T) {
		nc := dial()
		if _, err := nc.Write([]byte{5, 0, 0, 7, 0, 2, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		if p, _ := io.ReadAll(nc); len(p) < 7 || p[4] != errHeader || p[5] != 0x2b {
			t.Errorf("got %x", p)
		}
	})
}

// MySQL Connector/J cannot read AuthMoreData from a server that greets as MariaDB 10 does: it is switched at once, where the
// user has the other hash.
func TestConnectorJBeforeMariaDB10(t *testing.T) {
	for version, want := range map[string]string{"10.11.14-MariaDB-askwire": "\xfe" + NativePassword + "\x00", "8.4.0-askwire": "\x01\x04"} {
		s := newMiniServer(t, HandshakeConfig{Version: version, TLS: selfSigned(t)}, "tcp")
		s.h.SetUsers(map[string]Credential{"both": credential(t, true, true)})
		nc, err := net.Dial("tcp", s.ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		tc := tls.Client(nc, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the test's own certificate
		c := NewConn(nc)
		if _, err := c.ReadPacket(1 << 16); err != nil {
			t.Fatal(err)
		}
		caps := CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH | CLIENT_CONNECT_ATTRS | CLIENT_SSL
		head := append([]byte{byte(caps), byte(caps >> 8), byte(caps >> 16), byte(caps >> 24), 0, 0, 0, 1, 45}, make([]byte, 23)...)
		if err := errors.Join(c.WritePacket(head), c.Flush()); err != nil {
			t.Fatal(err)
		}
		c.nc = tc
		attributes := appendLenencString(appendLenencString(nil, "_client_name"), "MySQL Connector/J")
		p := append(append([]byte{}, head...), "both\x00\x20"...)
		p = append(append(append(p, make([]byte, 32)...), CachingSHA2Password...), 0)
		if err := errors.Join(c.WritePacket(appendLenencString(p, attributes)), c.Flush()); err != nil {
			t.Fatal(err)
		}
		if p, err := c.ReadPacket(1 << 16); err != nil || !strings.HasPrefix(string(p), want) {
			t.Errorf("%s: %q, %v", version, p, err)
		}
	}
}
