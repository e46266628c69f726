package clients

import (
	"fmt"
	"testing"
)

func text(s string) *string { return &s }

// result is a transcript of one query.
func result(query string, columns []Column, rows ...[]*string) []*Transcript {
	return []*Transcript{{Greeting: Greeting{Version: "1", ID: 7}, Exchanges: []Exchange{
		{Command: "COM_QUERY", Text: query, Replies: []Reply{{Columns: columns, Rows: &Rows{Count: len(rows), First: rows}, OK: &OK{Status: 2}}}},
		{Command: "COM_QUIT"},
	}}}
}

func TestCompareFindsWhatDiffers(t *testing.T) {
	name := Column{Name: "name", Type: 253, Length: 160, Charset: 45}
	same := result("SELECT name", []Column{name}, []*string{text("a")})
	longer, other := name, result("SELECT name", []Column{name}, []*string{text("b")})
	longer.Length = 40
	null := result("SELECT name", []Column{name}, []*string{nil})
	for _, tc := range []struct {
		name    string
		proxied []*Transcript
		want    string
	}{
		{"Same", same, "[]"},
		{"Length", result("SELECT name", []Column{longer}, []*string{text("a")}), "[[0].Columns[0].Length]"},
		{"Row", other, "[[0].Rows.First[0][0]]"},
		{"Null", null, "[[0].Rows.First[0][0]]"},
		{"RowMissing", result("SELECT name", []Column{name}), "[[0].Rows.Count [0].Rows.First]"},
		{"AnotherStatement", result("SELECT 1", []Column{name}, []*string{text("a")}), "[statement statement]"},
		{"ConnectionMissing", nil, "[count]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Comparison{}
			c.Wire(same, tc.proxied)
			fields := []string{}
			for _, d := range c.Differences() {
				fields = append(fields, d.Field)
			}
			if got := fmt.Sprint(fields); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// A question is its SQL with one more column, whose text stands in the first row.
func TestCompareQuestion(t *testing.T) {
	n, summary := Column{Name: "n", Type: 8}, Column{Name: "summary", Type: 252}
	direct := result("SELECT n", []Column{n}, []*string{text("1")}, []*string{text("2")})
	questions := []Question{{Asked: "ASK 'q'", Plain: "SELECT n", Summary: true}}
	for want, proxied := range map[string][]*Transcript{
		"[]":                    result("ASK 'q'", []Column{n, summary}, []*string{text("1"), text("one")}, []*string{text("2"), nil}),
		"[summary]":             result("ASK 'q'", []Column{n, summary}, []*string{text("1"), nil}, []*string{text("2"), nil}),
		"[[0].Columns[0].Type]": result("ASK 'q'", []Column{{Name: "n", Type: 3}, summary}, []*string{text("1"), text("one")}, []*string{text("2"), nil}),
	} {
		c := Comparison{Questions: questions}
		c.Wire(direct, proxied)
		fields := []string{}
		for _, d := range c.Differences() {
			fields = append(fields, d.Field)
		}
		if got := fmt.Sprint(fields); got != want {
			t.Errorf("%s, want %s: %v", got, want, c.Differences())
		}
	}
}
