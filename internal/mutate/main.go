// Command mutate switches off every refusal of package guard in turn and checks that a test notices.
//
// A refusal is an if or case whose body ends by returning an error that it makes. Its condition is replaced by false in an
// overlay, so no file changes, and the tests of the guard that need no server run against that. A refusal that no test
// misses is printed, and the exit status is then 1. Usage: go run ./internal/mutate [file.go …]
package main

import (
	"context"
	"encoding/json"
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

// tests are those that need no server.
const tests = "^(TestGolden|TestCases|TestHostileText|TestZeroStatement|TestPolicy.*|TestCompile.*|TestControl|TestFunctions.*|TestShown|TestScanBound|TestPrint.*)$"

// mutant is a piece of source that is replaced.
type mutant struct {
	file       string
	line       int
	start, end int
	with       string
}

func main() {
	survivors, err := run(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, only []string) (survivors int, err error) {
	files, err := filepath.Glob("guard/*.go")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("run it in the root of the repository: %w", os.ErrNotExist)
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if out, err := test(ctx, ""); err != nil {
		return 0, fmt.Errorf("the tests fail as they are: %w\n%s", err, out)
	}
	total := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || len(only) > 0 && !slices.Contains(only, filepath.Base(file)) {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return survivors, err
		}
		mutants, err := find(file, src)
		if err != nil {
			return survivors, err
		}
		for _, m := range mutants {
			total++
			overlay, err := m.write(dir, src)
			if err != nil {
				return survivors, err
			}
			if out, err := test(ctx, overlay); err == nil {
				survivors++
				fmt.Printf("%s:%d: no test misses it: %s\n", m.file, m.line, src[m.start:m.end])
			} else if strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
				return survivors, fmt.Errorf("%s:%d: the mutant does not compile:\n%s", m.file, m.line, out)
			}
		}
	}
	fmt.Printf("%d refusals, %d not missed\n", total, survivors)
	return survivors, nil
}

// find lists the conditions of a file's refusals.
func find(file string, src []byte) ([]mutant, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, 0)
	if err != nil {
		return nil, err
	}
	var out []mutant
	add := func(e ast.Expr) {
		start, end := fset.Position(e.Pos()), fset.Position(e.End()).Offset
		// The condition stays part of the expression, so that what it names is still used.
		out = append(out, mutant{file, start.Line, start.Offset, end, "false && (" + string(src[start.Offset:end]) + ")"})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if refuses(n.Body.List) {
				add(n.Cond)
			}
		case *ast.SwitchStmt:
			for _, s := range n.Body.List {
				if c := s.(*ast.CaseClause); n.Tag == nil && len(c.List) == 1 && refuses(c.Body) {
					add(c.List[0])
				}
			}
		}
		return true
	})
	return out, nil
}

// refuses reports whether a body ends by returning an error that it makes, and not one that it has got.
func refuses(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	r, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(r.Results) == 0 {
		return false
	}
	made := false
	ast.Inspect(r.Results[len(r.Results)-1], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			made = made || n.Name == "denied" || strings.HasPrefix(n.Name, "err") && n.Name != "err" || strings.HasSuffix(n.Name, "Denied")
		case *ast.SelectorExpr:
			made = made || n.Sel.Name == "Errorf"
		}
		return !made
	})
	return made
}

func (m mutant) write(dir string, src []byte) (string, error) {
	changed := filepath.Join(dir, filepath.Base(m.file))
	text := string(src[:m.start]) + m.with + string(src[m.end:])
	if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
		return "", err
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o600)
}

// test runs the guard's tests. A mutant that never ends is missed by the time limit.
func test(ctx context.Context, overlay string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	args := []string{"test", "-count=1", "-vet=off", "-failfast", "-run", tests}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	out, err := exec.CommandContext(ctx, "go", append(args, "./guard")...).CombinedOutput() //nolint:gosec // fixed arguments
	return string(out), err
}
