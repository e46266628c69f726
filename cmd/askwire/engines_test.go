package main

import (
	"strings"
	"testing"

	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/generators"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// The demo answers every shipped question on every engine, with the rows that MariaDB gives.
func TestDemoOnEveryEngine(t *testing.T) {
	files, problems := config.Annotations(generators.Annotations(), "samples")
	if problems.Fatal() {
		t.Fatal(problems)
	}
	var questions []string
	for _, f := range files {
		for _, q := range f.Questions {
			for _, phrase := range q.Questions {
				if !strings.Contains(phrase, "{") { // a parameter would have to be made up
					questions = append(questions, phrase)
				}
			}
		}
	}
	if len(questions) < 100 {
		t.Fatalf("%d phrasings", len(questions))
	}
	var want map[string]string
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--scale", "0.05", "--backend", string(s.Kind))
		c := p.conn("demo", "demo")
		got := map[string]string{}
		for _, q := range questions {
			r, err := readAll(t.Context(), c, "ASK "+quote(q)+" USING summary = 'off'")
			if err != nil {
				t.Errorf("%s: %v", q, err)
				continue
			}
			got[q] = printed(r)
		}
		if s.Kind == engine.MariaDB {
			want = got
			return
		}
		if want == nil {
			t.Fatal("MariaDB comes first: its rows are what is wanted")
		}
		for _, q := range questions {
			if got[q] != want[q] {
				t.Errorf("%s:\n%swant, as on MariaDB,\n%s", q, got[q], want[q])
			}
		}
	})
}
