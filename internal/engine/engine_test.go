package engine_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
)

func TestMariaDB(t *testing.T) {
	if _, ok := engine.Find(engine.MariaDB); !ok {
		if os.Getenv("ALLOW_MISSING_ENGINES") == "1" {
			t.Skip("mariadbd is not installed, and ALLOW_MISSING_ENGINES=1")
		}
		t.Fatal("mariadbd is not installed: run `make engines`")
	}

	t.Run("Temporary", func(t *testing.T) {
		s := start(t, engine.Options{Kind: engine.MariaDB})
		if s.Family != askwire.MariaDB || !strings.Contains(s.Version, "MariaDB") {
			t.Errorf("family %q, version %q", s.Family, s.Version)
		}
		if want := "root@tcp(" + s.Addr + ")/"; s.DSN != want {
			t.Errorf("DSN = %q, want %q", s.DSN, want)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.Done():
		default:
			t.Error("Done is open after Stop")
		}
		if _, err := os.Stat(s.Dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("temporary directory after Stop: %v", err)
		}
		if c, err := net.Dial("tcp", s.Addr); err == nil {
			_ = c.Close()
			t.Error("the port still answers after Stop")
		}
	})

	t.Run("Kept", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "kept")
		s := start(t, engine.Options{Kind: engine.MariaDB, Dir: dir})
		if _, err := engine.Start(t.Context(), engine.Options{Kind: engine.MariaDB, Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use by another server") {
			t.Errorf("second server in one directory: %v", err)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		again := start(t, engine.Options{Kind: engine.MariaDB, Dir: dir})
		if again.Version != s.Version {
			t.Errorf("version %q, then %q", s.Version, again.Version)
		}
	})

	t.Run("OtherEnginesDirectory", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "engine"), []byte("mysql\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := engine.Start(t.Context(), engine.Options{Kind: engine.MariaDB, Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "holds data of mysql, not of mariadb") {
			t.Errorf("err = %v", err)
		}
	})

	t.Run("Canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := engine.Start(ctx, engine.Options{Kind: engine.MariaDB}); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want context.Canceled", err)
		}
	})
}

// TestLogTail: a server that ends at once has its last words in the error.
func TestLogTail(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\necho 'embedded: no room for tables' >&2\nexit 3\n"
	if err := os.WriteFile(filepath.Join(bin, "askwire-embedded"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASKWIRE_ENGINES", bin)
	_, err := engine.Start(t.Context(), engine.Options{Kind: engine.Embedded})
	if err == nil || !strings.Contains(err.Error(), "embedded: no room for tables") {
		t.Fatalf("err = %v, want the log's last line in it", err)
	}
	if askwire.CodeOf(err) != askwire.BackendUnavailable {
		t.Errorf("code = %v", askwire.CodeOf(err))
	}
}

func TestUnknownKind(t *testing.T) {
	_, err := engine.Start(t.Context(), engine.Options{Kind: "oracle"})
	if err == nil || !strings.Contains(err.Error(), `"oracle" is not an engine. Choose one of mariadb, mysql`) {
		t.Errorf("err = %v", err)
	}
}

func start(t *testing.T, o engine.Options) *engine.Server {
	t.Helper()
	s, err := engine.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}
