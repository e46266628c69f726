package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// world is the guard with all its mutants.
type world struct {
	dir     string
	replace map[string]string // overlay: file of the repository → file in dir
	mutants []mutant
	lines   []string // changes of embedded lists, as cases of a switch
}

func (w *world) add(file string, line int, what, first string) int {
	what = strings.Join(strings.Fields(what), " ")
	if len(what) > 120 {
		what = what[:120] + "…"
	}
	w.mutants = append(w.mutants, mutant{id: len(w.mutants) + 1, file: file, line: line, what: what, first: first})
	return len(w.mutants)
}

// collect finds the mutants.
func (w *world) collect() error {
	files, err := filepath.Glob("guard/*.go")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("run it in the root of the repository: %w", os.ErrNotExist)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file) //nolint:gosec // of the repository
		if err != nil {
			return err
		}
		changed, err := w.code(file, src)
		if err != nil {
			return err
		}
		for _, list := range []string{"functionList", "metadataList"} {
			changed = strings.ReplaceAll(changed, "("+list, "(mutated("+list+")")
		}
		if err := w.overlay(file, changed); err != nil {
			return err
		}
	}
	if err := w.functions("guard/functions.txt"); err != nil {
		return err
	}
	if err := w.metadata("guard/metadata.txt"); err != nil {
		return err
	}
	return w.overlay("guard/mutant.go", `package guard

import (
	"os"
	"strconv"
	"strings"
)

var mutantID = func() int { n, _ := strconv.Atoi(os.Getenv("ASKWIRE_MUTANT")); return n }()

func off(n int) bool { return mutantID == n }

// mutated is an embedded list with one of its lines changed.
func mutated(list string) string {
	line, with := "", ""
	switch mutantID {
`+strings.Join(w.lines, "")+`
	}
	if line == "" {
		return list
	}
	return strings.Replace(list, "\n"+line+"\n", "\n"+with+"\n", 1)
}
`)
}

// change adds a mutant that is another text for one line of an embedded list.
func (w *world) change(file string, number int, what, first, line, with string) {
	id := w.add(file, number, what, first)
	w.lines = append(w.lines, fmt.Sprintf("\tcase %d:\n\t\tline, with = %q, %q\n", id, line, with))
}

func (w *world) overlay(file, text string) error {
	path := filepath.Join(w.dir, filepath.Base(file))
	original, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	w.replace[original] = path
	return os.WriteFile(path, []byte(text), 0o600)
}

func (w *world) build(ctx context.Context) error {
	b, err := json.Marshal(map[string]any{"Replace": w.replace})
	if err != nil {
		return err
	}
	overlay := filepath.Join(w.dir, "overlay.json")
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", filepath.Join(w.dir, "guard.test"), "./guard") //nolint:gosec // fixed arguments
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the mutants do not compile: %w\n%s", err, out)
	}
	return nil
}

// edit is an insertion or a replacement in a file.
type edit struct {
	start, end int
	with       string
}

func apply(src []byte, edits []edit) string {
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].start < edits[j].start })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.Write(src[at:e.start])
		b.WriteString(e.with)
		at = e.end
	}
	b.Write(src[at:])
	return b.String()
}
