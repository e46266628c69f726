package proxy

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // mysql_native_password
	"encoding/binary"
	"net"
	"slices"
	"testing"

	"github.com/askwire/askwire/proxy/wire"
)

const basicFlags = wire.CLIENT_PROTOCOL_41 | wire.CLIENT_SECURE_CONNECTION | wire.CLIENT_PLUGIN_AUTH | wire.CLIENT_TRANSACTIONS | wire.CLIENT_CONNECT_WITH_DB

// logIn speaks the connection phase with mysql_native_password, or with an empty password, and with the flags given; extended
// are MariaDB's. It returns the client, the greeting and the OK packet.
func logIn(t testing.TB, addr, user, password, db string, flags wire.Capabilities, extended uint32) (c *rawClient, greeting, ok []byte) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	c = &rawClient{wire.NewConn(nc)}
	greeting = slices.Clone(c.read(t))
	const plugin = "caching_sha2_password" // with an empty response: who lacks that hash switches
	var p []byte
	p = binary.LittleEndian.AppendUint32(p, uint32(basicFlags|flags))
	p = binary.LittleEndian.AppendUint32(p, 1<<24)
	p = append(append(p, 45), make([]byte, 19)...)
	p = binary.LittleEndian.AppendUint32(p, extended)
	p = append(append(append(p, user...), 0, 0), db...)
	p = append(append(append(p, 0), plugin...), 0)
	for {
		if err := c.c.WritePacket(p); err != nil {
			t.Fatal(err)
		}
		if err := c.c.Flush(); err != nil {
			t.Fatal(err)
		}
		answer := slices.Clone(c.read(t))
		switch answer[0] {
		case 0:
			return c, greeting, answer
		case 0xfe:
			_, challenge, _ := bytes.Cut(answer, []byte{0})
			p = nativeResponse(password, bytes.TrimSuffix(challenge, []byte{0}))
		default:
			t.Fatalf("login: %q", answer)
		}
	}
}

// nativeResponse is XOR(SHA1(password), SHA1(challenge, SHA1(SHA1(password)))).
func nativeResponse(password string, challenge []byte) []byte {
	if password == "" {
		return nil
	}
	one := sha1.Sum([]byte(password)) //nolint:gosec // the protocol
	two := sha1.Sum(one[:])           //nolint:gosec // the protocol
	mask := sha1.Sum(append(slices.Clone(challenge), two[:]...))
	for i := range one {
		one[i] ^= mask[i]
	}
	return one[:]
}

// logIn is logIn as ana, who gets a hash of mysql_native_password.
func (h *house) logIn(flags wire.Capabilities, extended uint32) (c *rawClient, greeting, ok []byte) {
	h.t.Helper()
	hash, err := wire.HashNativePassword("secret")
	if err != nil {
		h.t.Fatal(err)
	}
	cred, err := wire.ParseCredential(hash)
	if err != nil {
		h.t.Fatal(err)
	}
	h.hands.SetUsers(map[string]wire.Credential{"ana": cred})
	return logIn(h.t, h.addr, "ana", "secret", h.db, flags, extended)
}
