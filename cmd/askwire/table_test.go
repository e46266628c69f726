package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func text(s string) *string { return &s }

var sample = result{
	Columns: []string{"상품", "매출", "city_name", "summary"},
	Types:   []string{"VARCHAR", "DECIMAL", "VARCHAR", "TEXT"},
	Rows: [][]*string{
		{text("무선 청소기"), text("1250000.00"), text("Seoul"), text("무선 청소기가 1위입니다.")},
		{text("cup"), text("9.50"), nil, nil},
		{text("\x1b[31mred\n"), text("-1"), text("a|b"), nil},
	},
	Notes: []string{"answered by a saved question"},
}

func TestPrintTable(t *testing.T) {
	var b bytes.Buffer
	if err := printTable(&b, sample); err != nil {
		t.Fatal(err)
	}
	want := `
+-------------+------------+-----------+--------------------------+
| 상품        | 매출       | city_name | summary                  |
+-------------+------------+-----------+--------------------------+
| 무선 청소기 | 1250000.00 | Seoul     | 무선 청소기가 1위입니다. |
| cup         |       9.50 | NULL      | NULL                     |
| �[31mred    |         -1 | a|b       | NULL                     |
+-------------+------------+-----------+--------------------------+
3 rows
Note: answered by a saved question
`
	if got := b.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got\n%s\nwant%s", got, want)
	}
}

func TestPrintJSON(t *testing.T) {
	var b bytes.Buffer
	if err := printJSON(&b, sample); err != nil {
		t.Fatal(err)
	}
	want := `{"columns":["상품","매출","city_name","summary"],"rows":[
{"상품":"무선 청소기","매출":1250000.00,"city_name":"Seoul","summary":"무선 청소기가 1위입니다."},
{"상품":"cup","매출":9.50,"city_name":null,"summary":null},
{"상품":"\u001b[31mred\n","매출":-1,"city_name":"a|b","summary":null}],"notes":["answered by a saved question"]}
`
	if got := b.String(); got != want || !json.Valid(b.Bytes()) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
