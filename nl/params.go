package nl

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

// checkParam refuses a parameter that could never take a value.
func checkParam(p *askwire.Param) error {
	if !isParamName(p.Name) {
		return fmt.Errorf("the parameter name %q is not lower-case letters, digits and _", p.Name)
	}
	switch p.Type {
	case askwire.IntParam, askwire.StringParam, askwire.NumberParam, askwire.MonthParam, askwire.DateParam:
	default:
		return fmt.Errorf("the parameter %s has the unknown type %q", p.Name, p.Type)
	}
	cal := calendar{today: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)}
	if err := checkBounds(p, cal); err != nil {
		return err
	}
	for said, v := range p.Aliases {
		if len(p.Values) > 0 && !slices.Contains(p.Values, v) {
			return fmt.Errorf("the parameter %s has the alias %q of %q, which is not among its values", p.Name, said, v)
		}
	}
	if p.Default != "" {
		if _, ok := parseArg(p, normalise(p.Default), cal); !ok {
			return fmt.Errorf("the parameter %s has the default %q, and takes %s", p.Name, p.Default, p.Takes())
		}
	}
	return nil
}

// checkBounds refuses a closed list and bounds that are not of the parameter's type, and writes them in its form.
func checkBounds(p *askwire.Param, cal calendar) error {
	if p.Type == askwire.StringParam {
		if p.Min != "" || p.Max != "" {
			return fmt.Errorf("the parameter %s is a text, which has no least and no greatest value", p.Name)
		}
		return nil
	}
	free := *p
	free.Min, free.Max, free.Values = "", "", nil
	in := func(text string) (string, error) {
		v, ok := parseArg(&free, normalise(text), cal)
		if !ok {
			return "", fmt.Errorf("the parameter %s has the bound or value %q, and takes %s", p.Name, text, free.Takes())
		}
		return v.Text, nil
	}
	for _, b := range []*askwire.Bound{&p.Min, &p.Max} {
		if *b != "" {
			text, err := in(string(*b))
			if err != nil {
				return err
			}
			*b = askwire.Bound(text)
		}
	}
	p.Values = slices.Clone(p.Values)
	for i := range p.Values {
		var err error
		if p.Values[i], err = in(p.Values[i]); err != nil {
			return err
		}
	}
	if p.Min != "" && p.Max != "" && less(p.Type, string(p.Max), string(p.Min)) {
		return fmt.Errorf("the parameter %s has its least value above its greatest", p.Name)
	}
	return nil
}

// less compares two values of a type, in its form.
func less(t askwire.ParamType, a, b string) bool {
	if t == askwire.IntParam || t == askwire.NumberParam {
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		return okX && okY && x.Cmp(y) < 0
	}
	return a < b
}

// parseArg reads a normalised argument as a value that the parameter takes.
func parseArg(p *askwire.Param, text string, cal calendar) (askwire.Value, bool) {
	if p.Type == askwire.StringParam {
		return parseString(p, text)
	}
	v, ok := parseTyped(p, text, cal)
	if !ok || p.Min != "" && less(p.Type, v.Text, string(p.Min)) || p.Max != "" && less(p.Type, string(p.Max), v.Text) {
		return askwire.Value{}, false
	}
	if len(p.Values) > 0 && !slices.ContainsFunc(p.Values, func(one string) bool { return !less(p.Type, one, v.Text) && !less(p.Type, v.Text, one) }) {
		return askwire.Value{}, false
	}
	return v, true
}

// parseTyped reads a number or a date.
func parseTyped(p *askwire.Param, text string, cal calendar) (askwire.Value, bool) {
	switch p.Type {
	case askwire.IntParam:
		n, ok := parseInt(text)
		return askwire.Value{Kind: askwire.Int, Text: strconv.FormatInt(n, 10)}, ok
	case askwire.NumberParam:
		n, ok := parseDecimal(text)
		return askwire.Value{Kind: askwire.Decimal, Text: n}, ok
	case askwire.MonthParam:
		return parsePeriod(text, cal, "2006-01", func(d dateRange) bool {
			return d.from.Day() == 1 && d.to.Equal(d.from.AddDate(0, 1, 0))
		})
	}
	return parsePeriod(text, cal, time.DateOnly, func(d dateRange) bool { return d.to.Equal(d.from.AddDate(0, 0, 1)) })
}

// parseInt reads digits (with thousands separators) or a small number word.
func parseInt(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if n, ok := numberWords[text]; ok {
		return int64(n), true
	}
	if strings.Contains(text, ",") {
		parts := strings.Split(text, ",")
		for i, p := range parts {
			if i > 0 && len(p) != 3 || p == "" {
				return 0, false
			}
		}
		text = strings.Join(parts, "")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && text[0] != '+'
}

var decimalPattern = regexp.MustCompile(`^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$`)

// parseDecimal reads digits (with thousands separators) and a fraction.
func parseDecimal(text string) (string, bool) {
	text = strings.TrimSpace(text)
	return strings.ReplaceAll(text, ",", ""), decimalPattern.MatchString(text)
}

// parsePeriod reads a text that is one time phrase from end to end.
func parsePeriod(text string, cal calendar, layout string, fits func(dateRange) bool) (askwire.Value, bool) {
	now, zone := cal.today, cal.today.Location()
	found := resolveDates(text, now, zone)
	if len(found) != 1 || found[0].start != 0 || found[0].end != len(text) {
		lead := "in " // "may" alone is no month, "in may" is
		found = resolveDates(lead+text, now, zone)
		if len(found) != 1 || found[0].start != len(lead) || found[0].end != len(lead)+len(text) {
			return askwire.Value{}, false
		}
	}
	if !fits(found[0]) {
		return askwire.Value{}, false
	}
	return askwire.Value{Kind: askwire.String, Text: found[0].from.Format(layout)}, true
}

// parseString finds the value that the text names: one of the closed list, an alias, or, without a list, the text itself.
func parseString(p *askwire.Param, text string) (askwire.Value, bool) {
	said := matchForm(text)
	for alias, v := range p.Aliases {
		if matchForm(alias) == said {
			return askwire.Value{Kind: askwire.String, Text: v}, true
		}
	}
	for _, v := range p.Values {
		if matchForm(v) == said {
			return askwire.Value{Kind: askwire.String, Text: v}, true
		}
	}
	if len(p.Values) > 0 || len(p.Aliases) > 0 || text == "" || len(text) > maxArg {
		return askwire.Value{}, false
	}
	return askwire.Value{Kind: askwire.String, Text: text}, true
}

// sampleArg is a value to show a parameter with.
func sampleArg(p *askwire.Param, cal calendar) string {
	if p.Default != "" {
		return p.Default
	}
	if len(p.Values) > 0 {
		return p.Values[0]
	}
	if p.Type != askwire.StringParam {
		return sampleTyped(p, cal)
	}
	least := ""
	for _, v := range p.Aliases {
		if least == "" || v < least {
			least = v
		}
	}
	if least == "" {
		return "x"
	}
	return least
}

// sampleTyped is the first of some values of the type that the parameter takes.
func sampleTyped(p *askwire.Param, cal calendar) string {
	month, _ := cal.monthOffset(-1)
	day, _ := cal.day(-1)
	some := map[askwire.ParamType]string{askwire.IntParam: "3", askwire.NumberParam: "3", askwire.MonthParam: month.Format("2006-01"), askwire.DateParam: day.Format(time.DateOnly)}[p.Type]
	for _, text := range []string{some, string(p.Min)} {
		if _, ok := parseArg(p, text, cal); ok {
			return text
		}
	}
	return string(p.Max)
}

// literal prints a value as an SQL literal for a parser in MySQL's default mode (backslash escapes on, double quotes are
// strings). It refuses what no literal can carry.
func literal(v askwire.Value) (string, error) {
	switch v.Kind {
	case askwire.Null:
		return "NULL", nil
	case askwire.Int:
		if !isInteger(v.Text) {
			break
		}
		if v.Text[0] == '-' {
			return "(" + v.Text + ")", nil // 5-:n must not become a comment
		}
		return v.Text, nil
	case askwire.Decimal, askwire.Float:
		if _, err := strconv.ParseFloat(v.Text, 64); err != nil || strings.ContainsFunc(v.Text, unicode.IsLetter) || strings.ContainsAny(v.Text, "_") {
			break
		}
		if v.Text[0] == '-' || v.Text[0] == '+' {
			return "(" + v.Text + ")", nil
		}
		return v.Text, nil
	case askwire.String:
		if !utf8.ValidString(v.Text) || strings.IndexByte(v.Text, 0) >= 0 {
			break
		}
		return "'" + literalEscapes.Replace(v.Text) + "'", nil
	}
	return "", askwire.Errorf(askwire.WrongArguments, "A parameter's value cannot be written as SQL.").WithHint("Use plain text or a number.")
}

var literalEscapes = strings.NewReplacer(`'`, `''`, `\`, `\\`)

func isInteger(s string) bool {
	s = strings.TrimPrefix(s, "-")
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// placeholders lists the :names of an SQL text, outside of strings, quoted names and comments.
func placeholders(sql string) []string {
	var out []string
	for _, t := range scanSQL(sql) {
		if t.kind == tokParam {
			out = append(out, sql[t.start+1:t.end])
		}
	}
	return out
}

// substitute writes the arguments into the SQL as literals.
func substitute(sql string, args map[string]askwire.Value) (string, error) {
	return substituteNamed(sql, args, nil)
}

// substituteNamed is substitute, where some placeholders become other names instead.
func substituteNamed(sql string, args map[string]askwire.Value, names map[string]string) (string, error) {
	var b strings.Builder
	done := 0
	for _, t := range scanSQL(sql) {
		if t.kind != tokParam {
			continue
		}
		name := sql[t.start+1 : t.end]
		lit, named := names[name]
		if !named {
			v, ok := args[name]
			if !ok {
				return "", askwire.Errorf(askwire.WrongArguments, "The parameter %s has no value.", name).WithHint("Give it one.")
			}
			var err error
			if lit, err = literal(v); err != nil {
				return "", err
			}
		}
		b.WriteString(sql[done:t.start])
		b.WriteString(lit)
		done = t.end
	}
	b.WriteString(sql[done:])
	return b.String(), nil
}
