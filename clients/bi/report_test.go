//go:build clients_bi

package bi_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// report is docs/clients-bi.md.
type report struct {
	rows  [][2]string
	shots []string
}

func (r *report) add(what, outcome string) { r.rows = append(r.rows, [2]string{what, outcome}) }
func (r *report) show(files ...string)     { r.shots = append(r.shots, files...) }

func (r *report) write(t *testing.T, file string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# BI tools: the last run\n\nWritten by `make clients-bi` on %s. How to connect each tool is in [clients.md](clients.md).\n\n| tool | what was done, and came out |\n|---|---|\n", time.Now().UTC().Format(time.DateOnly))
	for _, row := range r.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	for _, shot := range r.shots {
		fmt.Fprintf(&b, "\n![%s](screens/%s)\n", strings.TrimSuffix(shot, ".png"), shot)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
