package eval

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
)

// Compare says whether an answer's rows are the gold's: the sets of rows are equal, whatever their order and the names of the
// columns. Numbers are equal when their first 10 digits are; a number is not equal to a text.
func Compare(gold, got askwire.Sample) (Reason, string) {
	switch {
	case len(got.Rows) == 0 && len(gold.Rows) == 0:
		return OK, ""
	case len(got.Rows) == 0:
		return Empty, fmt.Sprintf("no rows instead of %d", len(gold.Rows))
	case len(gold.Rows) > 0 && len(gold.Columns) != len(got.Columns):
		return WrongColumns, fmt.Sprintf("%d columns instead of %d", len(got.Columns), len(gold.Columns))
	}
	want, have := rowSet(gold), rowSet(got)
	missing, extra := 0, 0
	for row := range want {
		if !have[row] {
			missing++
		}
	}
	for row := range have {
		if !want[row] {
			extra++
		}
	}
	detail := fmt.Sprintf("%d of %d rows missing, %d too many", missing, len(want), extra)
	switch {
	case missing == 0 && extra == 0:
		return OK, ""
	case extra == 0:
		return MissingRows, detail
	case missing == 0:
		return ExtraRows, detail
	}
	return WrongRows, detail
}

func rowSet(s askwire.Sample) map[string]bool {
	numbers := make([]bool, len(s.Columns))
	for i := range numbers {
		numbers[i] = i < len(s.Types) && isNumber(s.Types[i])
	}
	set := make(map[string]bool, len(s.Rows))
	var b strings.Builder
	for _, row := range s.Rows {
		b.Reset()
		for i, v := range row {
			switch {
			case v == nil:
				b.WriteString("n")
			case numbers[i]:
				b.WriteString("#" + number(*v))
			default:
				b.WriteString("'" + *v)
			}
			b.WriteByte(0)
		}
		set[b.String()] = true
	}
	return set
}

func isNumber(typ string) bool {
	typ = strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(typ), " unsigned"), "unsigned ")
	typ, _, _ = strings.Cut(typ, "(")
	switch typ {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "newdecimal", "float", "double", "year":
		return true
	}
	return false
}

// number writes 0.5, 0.5000 and 5e-1 in one way.
func number(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	if f == 0 {
		return "0" // and not -0
	}
	return strconv.FormatFloat(f, 'g', 10, 64)
}
