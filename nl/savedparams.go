package nl

import (
	"strings"

	"github.com/askwire/askwire"
)

// withParams makes parameters of values that both a question and its SQL hold: {name} stands in the question then, :name in the SQL,
// and the value is the default. Values and bounds are those that the parameter came with. A parameter's type is that of the columns that it is compared with; columns are those that the SQL
// reads, with their types. A value that could be meant in two places is refused, never guessed.
func withParams(question, sql string, params []askwire.Param, columns map[string]string) (string, string, []askwire.Param, error) {
	out := make([]askwire.Param, 0, len(params))
	for _, p := range params {
		_, period := parsePeriodBound(p.Name)
		switch {
		case !isParamName(p.Name) || period:
			return "", "", nil, paramError("The parameter name %q is not lower-case letters, digits and _.", p.Name).WithHint("Choose another name, such as city.")
		case p.Default == "":
			return "", "", nil, paramError("The parameter %s has no value.", p.Name).WithHint("Give it the value that the question holds.")
		}
		start := wordIn(question, p.Default)
		if start < 0 || wordIn(question[start+len(p.Default):], p.Default) >= 0 {
			return "", "", nil, paramError("The value of %s does not stand in the question once.", p.Name).
				WithHint("Ask with a value that question and SQL hold in the same words, and save that.")
		}
		var err error
		if sql, p.Type, err = parameterised(sql, p, columns); err != nil {
			return "", "", nil, err
		}
		if err := checkParam(&p); err != nil {
			return "", "", nil, paramError("The question cannot be saved like this: %v.", err).
				WithHint("Write USING least = 5000 BETWEEN 1 AND 10000, or city = 'Busan' IN ('Busan', 'Seoul').")
		}
		question = question[:start] + "{" + p.Name + "}" + question[start+len(p.Default):]
		out = append(out, p)
	}
	return question, sql, out, nil
}

func paramError(format string, args ...any) *askwire.Error {
	return askwire.Errorf(askwire.WrongArguments, format, args...)
}

// wordIn finds a value that does not go on at either end as a Latin word or number, or -1.
func wordIn(text, value string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return -1
		}
		if i += from; !insideWord(text, i) && !insideWord(text, i+len(value)) {
			return i
		}
		from = i + len(value)
	}
}

// parameterised writes :name for the literals that are the parameter's value, and says its type.
func parameterised(sql string, p askwire.Param, columns map[string]string) (string, askwire.ParamType, error) {
	toks := scanSQL(sql)
	var b strings.Builder
	var compared []string // the column that each place compares with; "" = none
	kind := askwire.StringParam
	done := 0
	for i, t := range toks {
		text := sql[t.start:t.end]
		switch {
		case t.kind == tokString && unquoted(text) == p.Default:
		case t.kind == tokNumber && text == strings.ReplaceAll(p.Default, ",", ""):
			if kind = askwire.IntParam; strings.ContainsAny(text, ".eE") {
				kind = askwire.NumberParam
			}
		default:
			continue
		}
		compared = append(compared, comparedColumn(sql, toks, i))
		b.WriteString(sql[done:t.start])
		b.WriteString(":" + p.Name)
		done = t.end
	}
	b.WriteString(sql[done:])
	switch {
	case len(compared) == 0:
		return "", "", paramError("The value of %s does not stand in the SQL as the question says it.", p.Name).
			WithHint("Ask with the value as it is stored, or save ASK RUN id AS '…' with it.")
	case len(compared) > 1 && (compared[0] == "" || !sameFold(compared)):
		return "", "", paramError("The value of %s stands in several places of the SQL, which mean different things.", p.Name).
			WithHint("Ask with another value, which stands there once, and save that.")
	}
	p.Type = kind
	types := make(map[askwire.ParamType]bool)
	for ref, typ := range columns {
		if c, ok := columnRef(ref); ok && compared[0] != "" && strings.EqualFold(c.Column, compared[0]) {
			types[paramType(typ)] = true
			p.Type = paramType(typ)
		}
	}
	p.Values, p.Min, p.Max = nil, "", ""
	if _, ok := parseArg(&p, asArgument(&p, p.Default), calendar{}); len(types) > 1 || !ok {
		p.Type = kind // columns of one name and two types, or a part of a value: what is written decides
	}
	return b.String(), p.Type, nil
}

func sameFold(list []string) bool {
	for _, s := range list {
		if !strings.EqualFold(s, list[0]) {
			return false
		}
	}
	return true
}

// comparedColumn is the name of the column that the literal at toks[i] is compared with, without its qualifier, or "".
func comparedColumn(sql string, toks []sqlToken, i int) string {
	word := func(i int) string {
		if i < 0 || i >= len(toks) || toks[i].kind == tokComment {
			return ""
		}
		return strings.ToUpper(sql[toks[i].start:toks[i].end])
	}
	name := func(i int) string {
		switch {
		case i < 0 || i >= len(toks):
		case toks[i].kind == tokQuoted:
			return strings.ReplaceAll(sql[toks[i].start+1:toks[i].end-1], "``", "`")
		case toks[i].kind == tokWord:
			return sql[toks[i].start:toks[i].end]
		}
		return ""
	}
	sign := func(i int) bool { return strings.Contains("=<>!", word(i)) && word(i) != "" }
	before := i - 1
	if w := word(before); w == "DATE" || w == "TIMESTAMP" { // DATE '2026-01-31'
		before--
	}
	switch {
	case sign(before):
		for sign(before) {
			before--
		}
		return name(before)
	case sign(i + 1): // 5 < amount, 5 < o.amount
		after := i + 1
		for sign(after) {
			after++
		}
		if word(after+1) == "." {
			after += 2
		}
		return name(after)
	case word(before) == "AND" && word(before-2) == "BETWEEN":
		before -= 2
	case word(before) == "(" || word(before) == ",":
		for before >= 0 && (word(before) == "," || toks[before].kind == tokString || toks[before].kind == tokNumber || toks[before].kind == tokParam) {
			before--
		}
		if before--; word(before) != "IN" {
			return ""
		}
	}
	if w := word(before); w != "BETWEEN" && w != "IN" && w != "LIKE" {
		return ""
	}
	if before--; word(before) == "NOT" {
		before--
	}
	return name(before)
}

// paramType is the type of a parameter that is compared with a column.
func paramType(column string) askwire.ParamType {
	typ, _, _ := strings.Cut(strings.ToLower(column), "(")
	typ, _, _ = strings.Cut(typ, " ")
	switch typ {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year":
		return askwire.IntParam
	case "decimal", "numeric", "float", "double", "real":
		return askwire.NumberParam
	case "date", "datetime", "timestamp":
		return askwire.DateParam
	}
	return askwire.StringParam
}

// unquoted is the value of a string literal.
func unquoted(literal string) string {
	return literalUnescapes.Replace(strings.TrimSuffix(literal[1:], "'"))
}

var literalUnescapes = strings.NewReplacer(`''`, `'`, `\\`, `\`, `\'`, `'`)
