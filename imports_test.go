package askwire_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/askwire/askwire"

// rooms says which rooms of this project each room may import, besides its own sub-packages. Rooms on one level never
// import each other: they meet in cmd/askwire.
var rooms = map[string][]string{
	"":             {},
	"guard":        {""},
	"catalog":      {""},
	"nl":           {"", "guard"},
	"store":        {""},
	"proxy":        {"", "guard"},
	"generators":   {""},
	"eval":         {""},
	"internal":     {""},
	"cmd/askwire":  {"", "guard", "catalog", "nl", "store", "proxy", "generators", "eval", "internal"},
	"internal/cmd": {"", "internal"},
	"bench":        {"", "internal"},
	"clients":      {"", "internal"},
}

// doors says which packages alone may import a third-party module. A module that is not listed may be imported nowhere:
// who adds one decides here whose door it is.
var doors = map[string][]string{
	"github.com/pingcap/tidb/pkg/parser":   {"guard"},
	"github.com/go-mysql-org/go-mysql":     {"proxy", "bench"}, // the bench measures its Handler
	"github.com/sashabaranov/go-openai":    {"nl/openai"},
	"github.com/kljensen/snowball":         {"catalog"},
	"github.com/tiktoken-go/tokenizer":     {"nl/tokens"},
	"github.com/go-sql-driver/mysql":       {"catalog", "store", "generators", "cmd/askwire", "internal/enginetest", "bench", "clients"},
	"github.com/pressly/goose/v3":          {"store"},
	"github.com/brianvoe/gofakeit/v7":      {"generators"},
	"github.com/BurntSushi/toml":           {"cmd/askwire"},
	"github.com/spf13/cobra":               {"cmd/askwire"},
	"github.com/spf13/pflag":               {"cmd/askwire"},
	"github.com/schollz/progressbar/v3":    {"cmd/askwire"},
	"github.com/olekukonko/tablewriter":    {"cmd/askwire", "bench"},
	"github.com/mattn/go-isatty":           {"cmd/askwire"},
	"golang.org/x/term":                    {"cmd/askwire"},
	"go.uber.org/zap":                      {"cmd/askwire", "proxy", "store", "catalog", "nl"},
	"github.com/prometheus/client_golang":  {"cmd/askwire"},
	"github.com/cenkalti/backoff/v5":       {"catalog", "nl", "store", "proxy"},
	"golang.org/x/sync":                    {"catalog", "nl", "store", "proxy", "generators", "eval", "cmd/askwire"},
	"golang.org/x/time":                    {"nl", "proxy", "cmd/askwire"},
	"golang.org/x/text":                    {"guard", "catalog", "nl", "proxy"},
	"golang.org/x/sys":                     {"internal", "proxy", "cmd/askwire"},
	"filippo.io/edwards25519":              {},
	"go.uber.org/goleak":                   {"internal/enginetest"},
	"golang.org/x/tools":                   {}, // tests only, as all below
	"go.yaml.in/yaml/v3":                   {},
	"github.com/google/go-cmp":             {},
	"github.com/prometheus/client_model":   {},
	"github.com/prometheus/common":         {},
	"github.com/dolthub/go-mysql-server":   {}, // in nested modules only, as the next
	"github.com/pingcap/tidb/cmd":          {},
	"github.com/golangci/golangci-lint/v2": {},
}

// testDoors are the modules that tests of every room may use.
var testDoors = []string{
	"go.uber.org/goleak", "golang.org/x/tools", "go.yaml.in/yaml/v3", "github.com/google/go-cmp", "github.com/go-sql-driver/mysql",
	"golang.org/x/sync", "github.com/prometheus/client_model", "github.com/prometheus/common", "github.com/BurntSushi/toml",
}

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestRooms(t *testing.T) {
	for _, p := range packages(t) {
		room := roomOf(p.ImportPath)
		allowed, ok := rooms[room]
		if !ok {
			t.Errorf("%s is in no room: the map in this test and docs/design/0001 say which there are", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			other, ours := ourRoom(imp)
			if ours && other != room && !slices.Contains(allowed, other) {
				t.Errorf("%s imports %s: room %q may import %q only", p.ImportPath, imp, room, allowed)
			}
		}
		// A test may start engines, and otherwise keeps to what its room may know.
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			other, ours := ourRoom(imp)
			if ours && other != room && other != "internal" && !slices.Contains(allowed, other) {
				t.Errorf("a test of %s imports %s: room %q may import %q only", p.ImportPath, imp, room, allowed)
			}
		}
	}
}

func TestThirdPartyDoors(t *testing.T) {
	for _, p := range packages(t) {
		pkg := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, imp := range p.Imports {
			if !thirdParty(imp) {
				continue
			}
			owners, ok := door(imp)
			switch {
			case !ok:
				t.Errorf("%s imports %s, which has no door in this test", p.ImportPath, imp)
			case !slices.ContainsFunc(owners, func(o string) bool { return within(pkg, o) }):
				t.Errorf("%s imports %s: only %q may", p.ImportPath, imp, owners)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if !thirdParty(imp) || slices.ContainsFunc(testDoors, func(d string) bool { return within(imp, d) }) {
				continue
			}
			owners, ok := door(imp)
			if !ok || !slices.ContainsFunc(owners, func(o string) bool { return within(pkg, o) }) {
				t.Errorf("a test of %s imports %s: only %q may", p.ImportPath, imp, owners)
			}
		}
	}
}

// TestRootIsPure: the root has no dependency at all, and the guard reads no clock, no file and no network.
func TestRootIsPure(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			if p.ImportPath == module && strings.Contains(imp, ".") {
				t.Errorf("the root imports %s", imp)
			}
			if within(p.ImportPath, module+"/guard") && slices.Contains([]string{"os", "net", "net/http", "io/fs", "os/exec", "database/sql"}, imp) {
				t.Errorf("%s imports %s: the guard does no I/O", p.ImportPath, imp)
			}
		}
	}
}

// packages lists the module's packages; the nested modules are not among them.
func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// roomOf names the room of a package of this module.
func roomOf(path string) string {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	switch {
	case within(rel, "cmd/askwire"):
		return "cmd/askwire"
	case within(rel, "internal") && strings.Contains(rel, "/cmd/"):
		return "internal/cmd"
	}
	room, _, _ := strings.Cut(rel, "/")
	return room
}

func ourRoom(path string) (room string, ours bool) {
	if !within(path, module) {
		return "", false
	}
	return roomOf(path), true
}

func thirdParty(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !within(path, module)
}

func door(path string) (owners []string, ok bool) {
	for mod, owners := range doors {
		if within(path, mod) {
			return owners, true
		}
	}
	return nil, false
}

// within reports whether path is dir or below it.
func within(path, dir string) bool {
	return path == dir || dir != "" && strings.HasPrefix(path, dir+"/")
}
