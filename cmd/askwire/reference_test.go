package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

var (
	sqlBlock    = regexp.MustCompile("(?s)```sql\n(.*?)```")
	withoutRows = regexp.MustCompile(`^(SET|USE|BEGIN|COMMIT|SAVEPOINT|ROLLBACK|RELEASE|ASK (GOOD|NEW|SAVE|VERIFY|FORGET))\b`)
	wantError   = regexp.MustCompile(`;\s+-- error (\d+)$`)
)

// Every statement of the reference does on the demo what the reference says, and every number of its table exists.
func TestStatementReference(t *testing.T) {
	enginetest.Get(t, engine.MariaDB)
	text, err := os.ReadFile("../../docs/statements.md")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--backend", "mariadb", "--scale", "0.05")
	c := p.conn("demo", "demo")
	statements := 0
	for _, block := range sqlBlock.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			statements++
			if m := wantError.FindStringSubmatch(line); m != nil {
				want, err := strconv.Atoi(m[1])
				if err != nil {
					t.Fatal(err)
				}
				if got, message := number(t, c, strings.TrimSpace(line[:strings.Index(line, "-- error")])); int(got) != want {
					t.Errorf("%s: error %d: %s", line, got, message)
				}
				continue
			}
			r, err := readAll(t.Context(), c, line)
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if !withoutRows.MatchString(line) && len(r.Rows) == 0 {
				t.Errorf("%s: no rows", line)
			}
		}
	}
	if statements < 40 {
		t.Errorf("%d statements were found in the reference", statements)
	}
}
