package nl

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"github.com/askwire/askwire"
)

// Word puts a result into words without a model, from the values alone. A saved question's own template for the language
// is used when all its places can be filled; else the sentence is a general one. The language is Korean for "ko…" and
// English for any other.
//
// A template is text with places in braces:
//
//	{rows}               number of rows
//	{arg.n}              the question's parameter n
//	{1.col} {2.col}      the column's value in the first, second row; {-1.col} in the last; {col} means {1.col}
//	{sum.col} {avg.col} {min.col} {max.col}   over all rows that came
//	{argmax.col.other}   the column other in the row where col is largest; {argmin.col.other} likewise
//	{share.1.col}        the first row's part of the column's sum, in percent
//
// A column is its name in the result or #1, #2 … by position. Numbers get thousands separators; after a colon stands
// another form: {1.year:0} plain digits, {avg.price:.1} so many decimals. Korean particles written both ways, such as
// 이(가), 은(는), 을(를), 과(와), (으)로, follow the value before them.
func Word(language string, p *askwire.Plan, s askwire.Sample) string {
	ko := korean(language)
	f := figuresOf(s)
	if len(s.Rows) == 0 {
		if ko {
			return "조건에 맞는 데이터가 없습니다."
		}
		return "No rows match."
	}
	text, ok := "", false
	if p != nil && p.Saved != nil && s.Complete { // a template speaks of the whole result
		lang := "en"
		if ko {
			lang = "ko"
		}
		if t := p.Saved.Summary[lang]; t != "" {
			text, ok = fill(t, p, f)
		}
	}
	if !ok {
		text = general(ko, f)
	}
	if !s.Complete {
		if ko {
			text = fmt.Sprintf("앞 %s행 기준: %s", group(strconv.Itoa(len(s.Rows))), text)
		} else {
			text = fmt.Sprintf("Of the first %s rows: %s", group(strconv.Itoa(len(s.Rows))), text)
		}
	}
	if ko {
		text = particles(text)
	}
	return text
}

// fill replaces a template's places; false when one has no value.
func fill(t string, p *askwire.Plan, f figures) (string, bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(t, '{')
		if i < 0 {
			b.WriteString(t)
			return b.String(), true
		}
		j := strings.IndexByte(t[i:], '}')
		if j < 0 {
			return "", false
		}
		v, ok := place(t[i+1:i+j], p, f)
		if !ok {
			return "", false
		}
		b.WriteString(t[:i])
		b.WriteString(v)
		t = t[i+j+1:]
	}
}

func place(expr string, p *askwire.Plan, f figures) (string, bool) {
	expr, form, _ := strings.Cut(expr, ":")
	expr = strings.TrimSpace(expr)
	if expr == "rows" {
		return formed(new(big.Rat).SetInt64(int64(len(f.sample.Rows))), 0, form)
	}
	head, rest, dotted := strings.Cut(expr, ".")
	if !dotted {
		if col := f.col(expr); col >= 0 {
			return f.value(0, col, form)
		}
		return argument(expr, p)
	}
	if row, err := strconv.Atoi(head); err == nil {
		if row < 0 {
			row += len(f.sample.Rows) + 1
		}
		return f.value(row-1, f.col(rest), form)
	}
	switch head {
	case "arg":
		return argument(rest, p)
	case "argmax", "argmin":
		by, other, ok := strings.Cut(rest, ".")
		col := f.col(by)
		if !ok || col < 0 || !f.columns[col].numeric {
			return "", false
		}
		row := f.columns[col].maxRow
		if head == "argmin" {
			row = f.columns[col].minRow
		}
		return f.value(row, f.col(other), form)
	case "share":
		at, name, ok := strings.Cut(rest, ".")
		row, err := strconv.Atoi(at)
		col := f.col(name)
		if !ok || err != nil || col < 0 || row < 1 || row > len(f.sample.Rows) {
			return "", false
		}
		c := f.columns[col]
		if !c.numeric || c.sum.Sign() == 0 || c.values[row-1] == nil {
			return "", false
		}
		share := new(big.Rat).Quo(c.values[row-1], c.sum)
		return formed(share.Mul(share, big.NewRat(100, 1)), 1, form)
	}
	col := f.col(rest)
	if col < 0 || !f.columns[col].numeric {
		return "", false
	}
	c := f.columns[col]
	switch head {
	case "sum":
		return formed(c.sum, c.scale, form)
	case "min":
		return formed(c.min, c.scale, form)
	case "max":
		return formed(c.max, c.scale, form)
	case "avg":
		v, scale := c.average()
		return formed(v, scale, form)
	}
	return "", false
}

func argument(name string, p *askwire.Plan) (string, bool) {
	v, ok := p.Args[name]
	return data(v.Text, 100), ok
}

// col finds a column by name or #position.
func (f figures) col(name string) int {
	if n, ok := strings.CutPrefix(name, "#"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 1 && i <= len(f.columns) {
			return i - 1
		}
		return -1
	}
	return f.column(name)
}

func (f figures) value(row, col int, form string) (string, bool) {
	if form == "" || col < 0 || row < 0 || row >= len(f.sample.Rows) || f.columns[col].values[row] == nil {
		return f.cell(row, col)
	}
	return formed(f.columns[col].values[row], f.columns[col].scale, form)
}

func formed(v *big.Rat, scale int, form string) (string, bool) {
	switch {
	case form == "" || form == ",":
		return formatNumber(v, scale), true
	case form == "0":
		return v.FloatString(0), true
	case form[0] == '.' && len(form) == 2 && form[1] >= '0' && form[1] <= '6':
		return group(v.FloatString(int(form[1] - '0'))), true
	}
	return "", false
}

// general says what a result holds: its one row, or how many rows and which value is largest and smallest.
func general(ko bool, f figures) string {
	n := len(f.sample.Rows)
	if n == 1 {
		var parts []string
		for i := range f.columns {
			v, ok := f.cell(0, i)
			if !ok {
				v = "NULL"
			}
			parts = append(parts, data(f.columns[i].name, 60)+" "+v)
			if len(parts) == 6 {
				break
			}
		}
		if ko {
			return strings.Join(parts, ", ") + "입니다."
		}
		return upperFirst(strings.Join(parts, ", ")) + "."
	}
	count := group(strconv.Itoa(n))
	label, measure := -1, -1
	for i, c := range f.columns {
		if label < 0 && (!c.numeric || c.id) {
			label = i
		}
		if c.numeric && !c.id {
			measure = i
		}
	}
	if measure < 0 || f.columns[measure].min.Cmp(f.columns[measure].max) == 0 {
		first, ok := f.cell(0, max(label, 0))
		if !ok {
			first = "NULL"
		}
		if ko {
			return fmt.Sprintf("모두 %s행입니다. 첫 행은 %s입니다.", count, first)
		}
		return fmt.Sprintf("%s rows; the first is %s.", count, first)
	}
	c := f.columns[measure]
	most, least := formatNumber(c.max, c.scale), formatNumber(c.min, c.scale)
	name := data(c.name, 60)
	if label >= 0 {
		if at, ok := f.cell(c.maxRow, label); ok {
			most += " (" + at + ")"
		}
		if at, ok := f.cell(c.minRow, label); ok {
			least += " (" + at + ")"
		}
	}
	total := ""
	if addsUp(c.name) {
		if ko {
			total = ", 합계는 " + formatNumber(c.sum, c.scale)
		} else {
			total = ", the total " + formatNumber(c.sum, c.scale)
		}
	}
	if ko {
		return fmt.Sprintf("모두 %s행입니다. %s의 최댓값은 %s, 최솟값은 %s%s입니다.", count, name, most, least, total)
	}
	return fmt.Sprintf("%s rows. The largest %s is %s, the smallest %s%s.", count, name, most, least, total)
}

// addsUp reports whether a column's name says that its sum means something.
func addsUp(name string) bool {
	n := strings.ToLower(name)
	for _, no := range []string{"avg", "average", "mean", "rate", "ratio", "percent", "share", "rank", "평균", "비율", "율", "순위", "점유"} {
		if strings.Contains(n, no) {
			return false
		}
	}
	for _, yes := range []string{"count", "orders", "amount", "total", "sum", "sales", "revenue", "qty", "quantity", "cost", "clicks", "건수", "수량", "금액", "매출", "합계", "주문수", "주문 수", "비용"} {
		if strings.Contains(n, yes) {
			return true
		}
	}
	return n == "n" || n == "cnt" || n == "수"
}

func upperFirst(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

// particles chooses between the two forms of a Korean particle by the sound before it.
func particles(s string) string {
	for _, p := range [][3]string{{"이(가)", "이", "가"}, {"은(는)", "은", "는"}, {"을(를)", "을", "를"}, {"과(와)", "과", "와"}, {"(으)로", "으로", "로"}, {"(이)", "이", ""}} {
		for from := 0; ; {
			i := strings.Index(s[from:], p[0])
			if i < 0 {
				break
			}
			i += from
			final, rieul := closes(s[:i])
			form := p[2]
			if final && !(p[0] == "(으)로" && rieul) {
				form = p[1]
			}
			s = s[:i] + form + s[i+len(p[0]):]
			from = i + len(form)
		}
	}
	return s
}

// closes reports whether the last sound of a text is a consonant, and whether that is ㄹ.
func closes(s string) (final, rieul bool) {
	r := []rune(strings.TrimRight(s, " '\")]"))
	if len(r) == 0 {
		return false, false
	}
	switch last := r[len(r)-1]; {
	case last >= '가' && last <= '힣':
		f := (last - '가') % 28
		return f != 0, f == 8
	case strings.ContainsRune("013678", last): // 영 일 삼 육 칠 팔
		return true, strings.ContainsRune("178", last)
	case strings.ContainsRune("lmnrLMNR", last):
		return true, strings.ContainsRune("lrLR", last)
	}
	return false, false
}
