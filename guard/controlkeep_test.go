package guard

import (
	"strings"
	"testing"
)

func TestControlKeep(t *testing.T) {
	st := func(text string) Statement { return Statement{text: text, meta: &meta{}} }
	for text, want := range map[string]string{
		"SELECT 'it''s', `a` FROM `t`":                  "PREPARE askwire_7 FROM 'SELECT ''it''''s'', `a` FROM `t`'",
		"SELECT '한국' -- x":                              "PREPARE askwire_7 FROM 'SELECT ''한국'' -- x'",
		`SELECT 'a\\b'`:                                 "",
		"SELECT 'a\x00'":                                "",
		"SELECT 1 FROM (select 2) x":                    "",
		"SHOW WARNINGS":                                 "",
		"SELECT '" + strings.Repeat("x", maxKeep) + "'": "",
	} {
		if got, ok := ControlKeep(7, st(text)); got.Text() != want || ok != (want != "") || got.Valid() != ok {
			t.Errorf("%.60s: %q, %v", text, got.Text(), ok)
		}
	}
	if got, ok := ControlKeep(7, Statement{text: "SELECT ?", params: 1, meta: &meta{}}); ok {
		t.Errorf("with a marker: %q", got.Text())
	}
	if _, ok := ControlKeep(7, Statement{}); ok {
		t.Error("the zero statement can be kept")
	}
	if got := ControlAgain(7).Text(); got != "EXECUTE askwire_7" {
		t.Error(got)
	}
}
