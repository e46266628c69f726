package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire/cmd/askwire/config"
)

var update = flag.Bool("update", false, "rewrite the expected messages")

const hash = "$A$005$abcdefghijklmnopqrstABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"

var env = map[string]string{
	"ASKWIRE_BACKEND_DSN": "reader:secret@tcp(127.0.0.1:3306)/",
	"ASKWIRE_STORE_DSN":   "store:secret@tcp(127.0.0.1:3306)/",
	"OPENAI_API_KEY":      "sk-test",
	"ANA_HASH":            hash,
	"BI_HASH":             hash + " native:*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
	"EMPTY":               " ",
	"PARAM_DSN":           "reader:secret@tcp(127.0.0.1:3307)/?sql_mode=ANSI",
	"PREFERRED_DSN":       "reader:secret@tcp(127.0.0.1:3307)/?tls=preferred",
	"NO_DSN":              "tcp(there)",
	"NO_HASH":             "hunter2",
}

func lookup(name string) (string, bool) { v, ok := env[name]; return v, ok }

// Each *.toml has the messages that it must give beside it, in *.txt; a good one gives warnings at most.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil || len(files) < 6 {
		t.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, problems := config.Load(file, config.Options{Env: lookup})
			good := strings.HasSuffix(file, ".good.toml")
			if good != (c != nil) || good == problems.Fatal() {
				t.Errorf("good = %v, but configuration = %v, fatal = %v", good, c != nil, problems.Fatal())
			}
			var got strings.Builder
			for _, p := range problems {
				got.WriteString(p.String() + "\n")
			}
			for _, secret := range []string{"secret@", "hunter2", "s3cr3t"} {
				if strings.Contains(got.String(), secret) {
					t.Errorf("a message prints the secret %q", secret)
				}
			}
			want := strings.TrimSuffix(file, ".toml") + ".txt"
			if *update {
				if err := os.WriteFile(want, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(b) {
				t.Errorf("messages:\n%s\nwant:\n%s", got.String(), b)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c, problems := config.Load("testdata/minimal.good.toml", config.Options{Env: lookup, Listen: "127.0.0.1:0"})
	if c == nil {
		t.Fatal(problems)
	}
	if c.Proxy.Listen != "127.0.0.1:0" {
		t.Errorf("the flag must win over the file: %s", c.Proxy.Listen)
	}
	p := c.Profiles[0]
	if p.Backend != "main" || !reflect.DeepEqual(p.Models, []string{"default"}) || p.Limits.Rows != 10000 || p.Limits.Time.Duration != 5*time.Second {
		t.Errorf("profile = %+v", p)
	}
	if c.Store.Retain.Duration != 90*24*time.Hour || c.Proxy.Announce != "main" || c.Catalog.Dir != "testdata/catalog.d" {
		t.Errorf("store = %+v, proxy = %+v, catalog = %+v", c.Store, c.Proxy, c.Catalog)
	}
	if got := c.Backends[0].DSNs(); len(got) != 1 || got[0] != env["ASKWIRE_BACKEND_DSN"] {
		t.Errorf("the environment's secret was not taken")
	}
}

// The file of the repository shows every key at its default.
func TestRepositoryFile(t *testing.T) {
	c, problems := config.Load("../../../config.toml", config.Options{Env: lookup})
	if c == nil || len(problems) > 0 {
		t.Fatalf("config.toml:\n%v", problems)
	}
	text, err := os.ReadFile("../../../config.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys() {
		if !strings.Contains(string(text), key) {
			t.Errorf("config.toml does not show the key %s", key)
		}
	}
	// What the sections without names show must be what an absent key means.
	short, problems := config.Load("testdata/minimal.good.toml", config.Options{Env: lookup})
	if short == nil {
		t.Fatal(problems)
	}
	if len(c.Proxy.ProxyProtocolFrom) == 0 {
		c.Proxy.ProxyProtocolFrom = nil // [] and left out are the same
	}
	if !reflect.DeepEqual(c.Proxy, short.Proxy) || c.Log != short.Log {
		t.Errorf("config.toml shows\n%+v %+v\nthe defaults are\n%+v %+v", c.Proxy, c.Log, short.Proxy, short.Log)
	}
	if c.Store.Audit != short.Store.Audit || c.Store.AuditPlain != short.Store.AuditPlain || c.Store.Retain != short.Store.Retain {
		t.Errorf("config.toml shows %+v, the defaults are %+v", c.Store, short.Store)
	}
}

func TestMissingFile(t *testing.T) {
	_, problems := config.Load("testdata/none.toml", config.Options{Env: lookup})
	want := "testdata/none.toml: cannot be read: no such file or directory. Name a readable file with -c."
	if problems.Error() != want {
		t.Errorf("got  %s\nwant %s", problems.Error(), want)
	}
}

// No text may stop the reader with a panic, and whatever it accepts has no fatal problem.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.toml")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, problems := config.Parse("fuzz.toml", text, config.Options{Env: lookup})
		if (c == nil) != problems.Fatal() {
			t.Errorf("configuration = %v, fatal = %v", c != nil, problems.Fatal())
		}
	})
}
