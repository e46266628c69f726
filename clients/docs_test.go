//go:build clients

package clients_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// letters are the spellings in docs/clients.md by the step that tries them.
var letters = [][2]string{{"Q", "ask-query"}, {"P", "ask-prepared"}, {"C", "ask-call"}, {"V", "value"}, {"T", "ask-table"}, {"S", "ask-schema"}}

// TestDocs: the table of docs/clients.md has a row for each client of the suite and no other, in the suite's order; a row says what is run
// and in which version.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../scripts/clients.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "| client | version |")
	if !ok {
		t.Fatal("docs/clients.md has no table of clients")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")[2:]
	for i, row := range rows {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		if i >= len(all) || len(cells) != 5 || strings.Trim(cells[0], " `") != all[i].name {
			t.Fatalf("row %d of docs/clients.md is not of client %d of the suite: %s", i+1, i+1, row)
		}
		c := all[i]
		without := func(step string) bool { return slices.Contains(c.without, step) }
		var spelled []string
		for _, l := range letters {
			if !without(l[1]) && !(l[0] == "P" && without("prepare")) {
				spelled = append(spelled, l[0])
			}
		}
		if got := strings.Fields(strings.ReplaceAll(cells[3], "¹", "")); !slices.Equal(got, spelled) {
			t.Errorf("%s: docs/clients.md says the spellings %v, the suite runs %v", c.name, got, spelled)
		}
		left := slices.ContainsFunc(c.without, func(step string) bool { return !strings.HasPrefix(step, "ask-") }) || c.mysql.noLogin || len(c.mysql.without) > 0
		if said := strings.TrimSpace(cells[4]) != ""; said != left {
			t.Errorf("%s: docs/clients.md says %q of what is left out, the suite leaves out %v, and %+v on MySQL", c.name, cells[4], c.without, c.mysql)
		}
		if v := version.FindString(cells[1]); v != "" && !regexp.MustCompile(`(==|@|:)`+regexp.QuoteMeta(v)+`\b`).Match(script) {
			t.Errorf("%s: scripts/clients.sh installs no %s", c.name, v)
		}
	}
	if len(rows) != len(all) {
		t.Errorf("docs/clients.md has %d rows, the suite %d clients", len(rows), len(all))
	}
}

var version = regexp.MustCompile(`\d+\.\d+\.\d+`)
