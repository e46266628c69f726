package wire

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/askwire/askwire"
)

const (
	saltLength   = 20
	cryptLength  = 43
	hashRounds   = 5 // thousands, written as 005
	maxRounds    = 0xfff
	maxPassword  = 255 // bytes; MySQL's own limit
	nativePrefix = "native:"
)

// Credential is a user's stored hashes, parsed. The password itself is nowhere in it. The zero value admits nobody.
type Credential struct {
	salt   []byte // caching_sha2_password: 20 bytes
	sha2   []byte // 43 characters of SHA-crypt
	rounds int
	native []byte // mysql_native_password: SHA1(SHA1(password)), 20 bytes, or nil
}

// HashPassword returns the stored form of a password for caching_sha2_password, as MySQL keeps it: $A$005$, a salt of 20
// characters and 43 characters of SHA-crypt with 5000 rounds. The salt is printable, so that the hash can stand in a
// file.
func HashPassword(raw string) (string, error) {
	if raw == "" {
		return "", askwire.Errorf(askwire.WrongValue, "The password is empty.").WithHint("Give a password of 1 to 255 bytes.")
	}
	if len(raw) > maxPassword || strings.ContainsRune(raw, 0) {
		return "", askwire.Errorf(askwire.WrongValue, "The password is longer than 255 bytes or holds a NUL.").
			WithHint("Give a password of 1 to 255 bytes.")
	}
	salt := make([]byte, saltLength)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	for i := range salt {
		salt[i] = cryptAlphabet[salt[i]&0x3f] // 64 characters: every 6 bits one, without bias
	}
	return fmt.Sprintf("$A$%03X$%s%s", hashRounds, salt, shaCrypt([]byte(raw), salt, hashRounds*1000)), nil
}

// HashNativePassword returns the stored form for mysql_native_password, "native:*" and 40 hex digits, for clients that know
// nothing newer. It is weaker: whoever reads it can log in with it.
func HashNativePassword(raw string) (string, error) {
	if raw == "" {
		return "", askwire.Errorf(askwire.WrongValue, "The password is empty.").WithHint("Give a password of 1 to 255 bytes.")
	}
	return nativePrefix + gomysql.EncodePasswordHex(gomysql.NativePasswordHash([]byte(raw))), nil
}

// VerifyFormat reports what is wrong with a stored password hash; see ParseCredential.
func VerifyFormat(stored string) error {
	_, err := ParseCredential(stored)
	return err
}

// ParseCredential reads a stored password hash: the caching_sha2_password form that HashPassword prints (or MySQL's
// mysql.user.authentication_string, also as 0x… when its salt is not printable), and optionally, after a space or comma,
// native:*HEX for old clients. One of the two must be there. The error does not repeat the text.
func ParseCredential(stored string) (Credential, error) {
	var c Credential
	bad := func(what string) (Credential, error) {
		return Credential{}, askwire.Errorf(askwire.WrongValue, "The password hash %s.", what).
			WithHint("Make one with askwire hash-password.")
	}
	rest := strings.TrimSpace(stored)
	if rest == "" {
		return bad("is empty")
	}
	if at := strings.LastIndex(rest, nativePrefix); at >= 0 {
		h := strings.TrimPrefix(strings.TrimSpace(rest[at+len(nativePrefix):]), "*")
		b, err := hex.DecodeString(h)
		if err != nil || len(b) != 20 {
			return bad("has a native: part that is not * and 40 hex digits")
		}
		c.native = b
		rest = strings.TrimRight(rest[:at], " ,\t")
		if rest == "" {
			return c, nil
		}
	}
	raw := []byte(rest)
	if h, ok := strings.CutPrefix(rest, "0x"); ok {
		b, err := hex.DecodeString(h)
		if err != nil {
			return bad("starts with 0x but is not hexadecimal")
		}
		raw = b
	}
	head := []byte("$A$")
	if !bytes.HasPrefix(raw, head) || len(raw) != len(head)+4+saltLength+cryptLength || raw[6] != '$' {
		return bad("is not of the form $A$005$, 20 characters of salt, 43 characters of hash")
	}
	n, err := strconv.ParseUint(string(raw[3:6]), 16, 16)
	if err != nil || n == 0 || n > maxRounds {
		return bad("has no valid number of rounds after $A$")
	}
	c.rounds = int(n) * 1000
	c.salt, c.sha2 = bytes.Clone(raw[7:7+saltLength]), bytes.Clone(raw[7+saltLength:])
	return c, nil
}

// HasNative reports whether old clients can log in.
func (c Credential) HasNative() bool { return c.native != nil }

// verifyPassword does the full check. It always computes the same, whatever c holds.
func (c Credential) verifyPassword(password []byte) bool {
	ok := len(c.sha2) == cryptLength && len(password) > 0 && len(password) <= maxPassword
	if len(c.sha2) != cryptLength {
		c.salt, c.sha2, c.rounds = decoy.salt, decoy.sha2, decoy.rounds
	}
	if len(password) == 0 || len(password) > maxPassword {
		password = []byte("x")
	}
	return subtle.ConstantTimeCompare(shaCrypt(password, c.salt, c.rounds), c.sha2) == 1 && ok
}

// verifyNative checks a mysql_native_password response, with equal work for every user.
func (c Credential) verifyNative(response, challenge []byte) bool {
	ok := c.native != nil && len(response) == 20
	native := c.native
	if native == nil {
		native = decoy.native
	}
	if len(response) != 20 {
		response = decoy.native
	}
	return gomysql.CompareNativePassword(response, native, challenge) && ok
}

// decoy stands in for users that do not exist, so that they cost the same time.
var decoy = Credential{
	salt: []byte("decoydecoydecoydecoy"), sha2: make([]byte, cryptLength), rounds: hashRounds * 1000, native: make([]byte, 20),
}
