package wire

import (
	"crypto/tls"
	"crypto/x509"
	"reflect"
	"testing"
	"unsafe"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/askwire/askwire/guard"
)

// admitted makes a statement that the guard has not seen. No code outside tests can do this without package unsafe.
func admitted(text string) guard.Statement {
	var s guard.Statement
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		f = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
		switch {
		case v.Type().Field(i).Name == "text":
			f.SetString(text)
		case f.Kind() == reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		}
	}
	return s
}

func nativeResponse(password string, challenge []byte) []byte {
	return gomysql.CalcNativePassword(challenge, []byte(password))
}

func poolOf(t testing.TB, cfg *tls.Config) *x509.CertPool {
	t.Helper()
	cert, err := x509.ParseCertificate(cfg.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	p := x509.NewCertPool()
	p.AddCert(cert)
	return p
}
