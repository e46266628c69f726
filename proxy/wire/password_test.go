package wire

import (
	"encoding/hex"
	"strings"
	"testing"
)

// The example hash that hashcat publishes for MySQL's caching_sha2_password (mode 7401): the password is "hashcat".
func TestSHACryptKnownAnswer(t *testing.T) {
	salt, _ := hex.DecodeString("F9CC98CE08892924F50A213B6BC571A2C11778C5")
	want, _ := hex.DecodeString("625479393559393965414D45316477456B484F41316E64484742577A2E3162785353526B7554584647562F")
	if got := shaCrypt([]byte("hashcat"), salt, 5000); string(got) != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	raw := append([]byte("$A$005$"), append(salt, want...)...)
	c, err := ParseCredential("0x" + hex.EncodeToString(raw))
	if err != nil {
		t.Fatal(err)
	}
	if !c.verifyPassword([]byte("hashcat")) || c.verifyPassword([]byte("hashcaT")) {
		t.Error("the hash does not tell right from wrong")
	}
}

func TestHashPassword(t *testing.T) {
	for _, password := range []string{"demo", "비밀번호", strings.Repeat("x", 255), "a b\tc$d"} {
		stored, err := HashPassword(password)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(stored, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is not printable", stored)
		}
		c, err := ParseCredential(stored)
		if err != nil {
			t.Fatal(err)
		}
		if !c.verifyPassword([]byte(password)) || c.verifyPassword([]byte(password+"x")) || c.verifyPassword(nil) {
			t.Errorf("%q does not verify", password)
		}
		if again, _ := HashPassword(password); again == stored {
			t.Error("the salt is not random")
		}
	}
	for _, password := range []string{"", strings.Repeat("x", 256), "a\x00b"} {
		if _, err := HashPassword(password); err == nil {
			t.Errorf("a password of %d bytes was hashed", len(password))
		}
	}
}

func TestParseCredential(t *testing.T) {
	sha2, err := HashPassword("demo")
	if err != nil {
		t.Fatal(err)
	}
	native, err := HashNativePassword("demo")
	if err != nil {
		t.Fatal(err)
	}
	if native != "native:*C142FB215B6E05B7C134B1A653AD4B455157FD79" { // SELECT PASSWORD('demo')
		t.Errorf("native hash %s", native)
	}
	for _, stored := range []string{sha2, native, sha2 + " " + native, sha2 + "," + native, " " + sha2 + ", " + native + "\n"} {
		if err := VerifyFormat(stored); err != nil {
			t.Errorf("%q: %v", stored, err)
		}
	}
	for _, stored := range []string{
		"", " ", "demo", sha2[:len(sha2)-1], sha2 + "x", strings.Replace(sha2, "$005$", "$000$", 1),
		strings.Replace(sha2, "$005$", "$0x5$", 1), "native:*12", "native:", sha2 + " native:*zz", "0x2441", "0xzz",
	} {
		err := VerifyFormat(stored)
		if err == nil {
			t.Errorf("%q was accepted", stored)
		} else if len(stored) > 8 && strings.Contains(err.Error(), stored) {
			t.Errorf("the error repeats the hash: %v", err)
		}
	}
}

func TestZeroCredentialAdmitsNobody(t *testing.T) {
	var c Credential
	if c.verifyPassword([]byte("x")) || c.verifyPassword(nil) || c.verifyNative(nil, make([]byte, 20)) ||
		c.verifyNative(make([]byte, 20), make([]byte, 20)) {
		t.Error("admitted")
	}
}
