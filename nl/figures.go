package nl

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
)

// figures is what askwire itself computes on a sample: the sums that a summary may speak of.
type figures struct {
	sample  askwire.Sample
	columns []columnFigures
}

type columnFigures struct {
	name     string
	numeric  bool // every value that is not NULL is a number, and there is one
	id       bool // a key or a year: its numbers name something and are not summed
	scale    int  // most decimals seen
	count    int  // values that are not NULL
	sum      *big.Rat
	min, max *big.Rat
	minRow   int
	maxRow   int
	values   []*big.Rat // by row, nil = NULL or no number
}

func figuresOf(s askwire.Sample) figures {
	f := figures{sample: s, columns: make([]columnFigures, len(s.Columns))}
	for i, name := range s.Columns {
		c := &f.columns[i]
		c.name, c.numeric, c.id = name, true, namesThings(name, typeOf(s, i))
		c.sum = new(big.Rat)
		c.values = make([]*big.Rat, len(s.Rows))
		numericType := isNumeric(typeOf(s, i))
		for r, row := range s.Rows {
			if i >= len(row) || row[i] == nil {
				continue
			}
			c.count++
			v, scale, ok := parseNumber(*row[i])
			if !ok || !numericType {
				c.numeric = false
				continue
			}
			c.values[r] = v
			c.scale = max(c.scale, scale)
			c.sum.Add(c.sum, v)
			if c.min == nil || v.Cmp(c.min) < 0 {
				c.min, c.minRow = v, r
			}
			if c.max == nil || v.Cmp(c.max) > 0 {
				c.max, c.maxRow = v, r
			}
		}
		c.numeric = c.numeric && c.min != nil
	}
	return f
}

func typeOf(s askwire.Sample, i int) string {
	if i < len(s.Types) {
		return s.Types[i]
	}
	return ""
}

// isNumeric goes by the type's name; a type nobody told counts as numeric when its values are.
func isNumeric(t string) bool {
	t, _, _ = strings.Cut(t, "(")
	t = strings.TrimSuffix(strings.TrimSpace(strings.ToLower(t)), " unsigned")
	switch t {
	case "", "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric", "newdecimal", "float", "double", "real", "year":
		return true
	}
	return false
}

func namesThings(column, typ string) bool {
	n := strings.ToLower(column)
	return n == "id" || strings.HasSuffix(n, "_id") || strings.HasSuffix(n, " id") || strings.HasSuffix(n, "번호") || n == "year" || n == "month" ||
		n == "연도" || n == "년도" || n == "월" || strings.EqualFold(typ, "year")
}

// parseNumber reads a number as MySQL's text protocol prints it.
func parseNumber(s string) (v *big.Rat, scale int, ok bool) {
	if s == "" || len(s) > 80 {
		return nil, 0, false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return nil, 0, false
		}
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, 0, false
		}
		v = new(big.Rat).SetFloat64(f)
		return v, 2, v != nil
	}
	v, ok = new(big.Rat).SetString(s)
	if i := strings.IndexByte(s, '.'); ok && i >= 0 {
		scale = min(len(s)-i-1, 6)
	}
	return v, scale, ok
}

// formatNumber prints with thousands separators and up to scale decimals, without trailing zeros.
func formatNumber(v *big.Rat, scale int) string {
	s := v.FloatString(scale)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return group(s)
}

// group writes thousands separators into plain digits.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, frac, has := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + frac
	}
	if strings.Trim(whole, "0.,") == "" {
		sign = ""
	}
	return sign + whole
}

// average is the mean of the values that are not NULL, with two decimals more than they have.
func (c columnFigures) average() (*big.Rat, int) {
	return new(big.Rat).Quo(c.sum, new(big.Rat).SetInt64(int64(c.count))), min(c.scale+2, 6)
}

// cell is a value as people read it: numbers grouped, unless they name something.
func (f figures) cell(row, col int) (string, bool) {
	if row < 0 || row >= len(f.sample.Rows) || col < 0 || col >= len(f.sample.Rows[row]) || f.sample.Rows[row][col] == nil {
		return "", false
	}
	if c := f.columns[col]; c.numeric && !c.id && c.values[row] != nil {
		return formatNumber(c.values[row], c.scale), true
	}
	return data(*f.sample.Rows[row][col], 100), true
}

func (f figures) column(name string) int {
	want := matchForm(name)
	for i, c := range f.columns {
		if strings.EqualFold(c.name, name) || matchForm(c.name) == want {
			return i
		}
	}
	return -1
}
