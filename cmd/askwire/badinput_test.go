package main

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// Each kind of bad input gets its own error, and the process serves the next client as before.
func TestBadInput(t *testing.T) {
	enginetest.Get(t, engine.MariaDB)
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--backend", "mariadb", "--scale", "0.02")
	lives := func(t *testing.T) {
		t.Helper()
		if got := printed(query(t, p.conn("demo", "demo"), "SELECT 1 AS one")); got != "one\n1\n" {
			t.Errorf("afterwards: %q", got)
		}
	}
	t.Run("Questions", func(t *testing.T) {
		c := p.conn("demo", "demo")
		for name, x := range map[string]struct {
			statement string
			want      uint16
		}{
			"Empty":       {"ASK '   '", 1064},
			"OnlySigns":   {"ASK '???'", 1065},
			"TooLong":     {"ASK '" + strings.Repeat("왜", 10000) + "'", 50305},
			"InvalidUTF8": {"ASK 'caf\xe9 au lait'", 1300},
			"Unclosed":    {"ASK 'how many", 1064},
			"NULByte":     {"SELECT '\x00'", 1300},
			"Deep":        {"SELECT " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000), 50305},
		} {
			if n, message := number(t, c, x.statement); n != x.want {
				t.Errorf("%s: error %d, want %d: %.200s", name, n, x.want, message)
			}
		}
		lives(t)
	})
	t.Run("TwentyMegabytes", func(t *testing.T) {
		db, err := mysql.NewConnector(&mysql.Config{User: "demo", Passwd: "demo", Net: "tcp", Addr: p.addr, MaxAllowedPacket: 64 << 20, AllowNativePasswords: true})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := db.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = conn.Prepare("SELECT '" + strings.Repeat("x", 20<<20) + "'")
		var e *mysql.MySQLError
		if !errors.As(err, &e) || e.Number != 1153 {
			t.Errorf("%v, want 1153", err)
		}
		lives(t)
	})
	t.Run("Strangers", func(t *testing.T) {
		noise := make([]byte, 64<<10)
		if _, err := rand.Read(noise); err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string][]byte{
			"Noise": noise, "HugeLength": {0xff, 0xff, 0xff, 0x01}, "HTTP": []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
			"ShortPacket": {1, 0, 0, 1, 0}, "Zeros": make([]byte, 4096),
		} {
			nc, err := net.Dial("tcp", p.addr)
			if err != nil {
				t.Fatal(err)
			}
			if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			_, _ = nc.Write(b) // the server may have hung up already
			if tcp, ok := nc.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			got, err := io.ReadAll(io.LimitReader(nc, 1<<20))
			if len(got) == 0 || errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: no greeting: %v", name, err)
			}
			if err := nc.Close(); err != nil {
				t.Error(err)
			}
		}
		lives(t)
	})
}

// A backend that goes away while clients are connected: an error that says so, and the process lives.
func TestBackendDies(t *testing.T) {
	srv, err := engine.Start(t.Context(), engine.Options{Kind: engine.MariaDB})
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			_ = srv.Stop() // the test has failed already
		}
	}()
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--backend", srv.DSN, "--scale", "0.02")
	c := p.conn("demo", "demo")
	query(t, c, "SELECT COUNT(*) FROM hr.employees")
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	stopped = true
	if n, message := number(t, c, "SELECT COUNT(*) FROM hr.employees"); n != 50309 {
		t.Errorf("plain SQL: error %d: %s", n, message)
	}
	if n, message := number(t, c, "ASK '회원 등급별 고객 수'"); n != 50309 {
		t.Errorf("ASK: error %d: %s", n, message)
	}
	// The proxy itself goes on.
	if r := printed(query(t, p.conn("demo", "demo"), "SHOW ASK STATUS")); !strings.Contains(r, "demo") {
		t.Errorf("%s", r)
	}
}
