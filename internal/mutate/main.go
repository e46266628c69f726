// Command mutate takes every rule and every list entry of package guard away in turn, and checks that a test notices.
//
// A mutant is one of
//
//   - a refusal (an if, or a case without a value, whose body ends by returning an error that it makes, or false or nil as
//     an answer) whose condition is false;
//   - a case of a switch over node types, or over kinds, that panics: what it admits is admitted no more;
//   - an entry of a package-level map, deleted;
//   - a line of functions.txt: deleted, allowed or denied, or with an engine that does not have it;
//   - a line or a column of metadata.txt: deleted, on engines that do not have it, or read without its reduction.
//
// All mutants are compiled into one test binary through an overlay, each behind off(n), so no file changes and nothing is
// built twice. The binary then runs once per mutant, with the tests that need no server. A mutant that no test misses is
// printed, and the exit status is then 1.
//
// Usage: go run ./internal/mutate [-v] [file.go | functions.txt | metadata.txt …]
package main

import (
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// mutant is one rule or entry that can be taken away.
type mutant struct {
	id    int
	file  string
	line  int
	what  string
	first string // tests that are likely to miss it
}

// slow tests run only on what the others did not miss.
const slow = "TestHostileText|TestCacheIsBounded"

func main() {
	verbose := flag.Bool("v", false, "print every mutant and the time it took")
	flag.Parse()
	survivors, err := run(context.Background(), flag.Args(), *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, only []string, verbose bool) (survivors int, err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	w := &world{dir: dir, replace: map[string]string{}}
	if err := w.collect(); err != nil {
		return 0, err
	}
	tests, err := withoutServers()
	if err != nil {
		return 0, err
	}
	if err := w.build(ctx); err != nil {
		return 0, err
	}
	if out, missed := w.missed(ctx, 0, tests, ""); missed {
		return 0, fmt.Errorf("the tests fail as they are:\n%s", out)
	}
	fmt.Printf("%d mutants\n", len(w.mutants))
	began, total := time.Now(), 0
	for _, m := range w.mutants {
		if len(only) > 0 && !slices.Contains(only, filepath.Base(m.file)) {
			continue
		}
		total++
		started := time.Now()
		if !w.anyMisses(ctx, m, tests) {
			survivors++
			fmt.Printf("%s:%d: no test misses it: %s\n", m.file, m.line, m.what)
		}
		if verbose {
			fmt.Printf("%v %s:%d: %s\n", time.Since(started).Round(time.Millisecond), m.file, m.line, m.what)
		}
	}
	fmt.Printf("%d rules and entries, %d not missed, %v\n", total, survivors, time.Since(began).Round(time.Second))
	return survivors, nil
}

// anyMisses runs the tests, the likely ones first and the slow ones last.
func (w *world) anyMisses(ctx context.Context, m mutant, tests string) bool {
	if m.first != "" {
		if _, missed := w.missed(ctx, m.id, "^("+m.first+")$", ""); missed {
			return true
		}
	}
	if _, missed := w.missed(ctx, m.id, tests, slow); missed {
		return true
	}
	_, missed := w.missed(ctx, m.id, "^("+slow+")$", "")
	return missed
}

// missed runs the binary with one mutant. A mutant that never ends is missed by the time limit.
func (w *world) missed(ctx context.Context, id int, tests, skip string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	args := []string{"-test.run", tests, "-test.failfast"}
	if skip != "" {
		args = append(args, "-test.skip", "^("+skip+")$")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(w.dir, "guard.test"), args...) //nolint:gosec // built here
	cmd.Dir = "guard"
	cmd.Env = append(os.Environ(), fmt.Sprintf("ASKWIRE_MUTANT=%d", id), "GOMEMLIMIT=2GiB")
	out, err := cmd.CombinedOutput()
	return string(out), err != nil
}

// withoutServers is a pattern of the guard's tests that start no server.
func withoutServers() (string, error) {
	files, err := filepath.Glob("guard/*_test.go")
	if err != nil {
		return "", err
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_server_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return "", err
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && strings.HasPrefix(fn.Name.Name, "Test") && fn.Name.Name != "TestMain" && !startsServer(fn) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return "^(" + strings.Join(names, "|") + ")$", nil
}

func startsServer(fn *ast.FuncDecl) bool {
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = found || id.Name == "onServers" || id.Name == "enginetest"
		}
		return !found
	})
	return found
}
