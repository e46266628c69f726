package nl

import (
	"strings"

	"github.com/askwire/askwire"
)

// operators are functions that models call and no server has: what they mean is plain.
var operators = map[string]string{"DIVIDE": "/", "SUBTRACT": "-", "MULTIPLY": "*"}

// operatorCalls writes DIVIDE(a, b) as ((a) / (b)). A call with another number of arguments stays as it is.
func operatorCalls(sql string) (string, bool) {
	changed := false
	for range 20 { // calls inside of calls; each round writes one
		out, ok := operatorCall(sql)
		if !ok {
			break
		}
		sql, changed = out, true
	}
	return sql, changed
}

func operatorCall(sql string) (string, bool) {
	toks := withoutComments(scanSQL(sql))
	for i := 0; i+1 < len(toks); i++ {
		op := operators[toks[i].upper(sql)]
		if toks[i].kind != tokWord || op == "" || !toks[i+1].is(sql, "(") || i > 0 && toks[i-1].is(sql, ".") {
			continue
		}
		depth, comma := 0, -1
		for j := i + 1; j < len(toks); j++ {
			switch t := toks[j]; {
			case t.is(sql, "("):
				depth++
			case t.is(sql, ",") && depth == 1:
				if comma >= 0 {
					depth = -1 // three arguments
				} else {
					comma = j
				}
			case t.is(sql, ")"):
				depth--
			}
			if depth < 0 {
				break
			}
			if depth > 0 {
				continue
			}
			if comma < 0 || comma == i+2 || comma == j-1 {
				break
			}
			first, second := sql[toks[i+1].end:toks[comma].start], sql[toks[comma].end:toks[j].start]
			return sql[:toks[i].start] + "((" + strings.TrimSpace(first) + ") " + op + " (" + strings.TrimSpace(second) + "))" + sql[toks[j].end:], true
		}
	}
	return sql, false
}

// spelledNames replaces names that are no column by the only column of the mentioned tables that is spelled alike but for case,
// blanks and punctuation: T_BIL for `T-BIL`, Examination_Date for `Examination Date`; the words may also stand apart.
func spelledNames(sql string, snap *askwire.Snapshot) (string, bool) {
	exact, alike := columnNames(snap, sql), make(map[string]string)
	for name := range exact {
		bare := bareName(name)
		if other, ok := alike[bare]; ok && other != name {
			alike[bare] = "" // two of them: no guess
		} else {
			alike[bare] = name
		}
	}
	// The catalog's own spelling, where it differs from lower case.
	for _, t := range snap.Tables {
		for i := range t.Columns {
			if name := t.Columns[i].Name; alike[bareName(name)] == strings.ToLower(name) {
				alike[bareName(name)] = name
			}
		}
	}
	tables := tableNames(snap)
	toks := withoutComments(scanSQL(sql))
	aliases := aliasesIn(sql, toks)
	odd := func(name string) bool {
		return strings.ContainsFunc(name, func(c rune) bool { return c < 0x80 && !isWordByte(byte(c)) })
	}
	done := -1
	return rewriteSpans(sql, toks, func(i int) (string, int, bool) {
		t := toks[i]
		if t.kind != tokWord || i <= done {
			return "", 0, false
		}
		if i+1 < len(toks) && toks[i+1].kind == tokWord && !reserved[t.upper(sql)] && sql[t.end:toks[i+1].start] == " " {
			both := sql[t.start:toks[i+1].end]
			if name := alike[bareName(both)]; name != "" && strings.EqualFold(name, both) && (i+2 == len(toks) || !toks[i+2].is(sql, "(")) {
				done = i + 1
				return "`" + name + "`", 2, true
			}
		}
		word := strings.ToLower(sql[t.start:t.end])
		if exact[word] || tables[word] || aliases[word] || reserved[t.upper(sql)] || i+1 < len(toks) && (toks[i+1].is(sql, "(") || toks[i+1].is(sql, ".")) {
			return "", 0, false
		}
		if name := alike[bareName(word)]; name != "" && odd(name) && strings.ContainsAny(word, "_") {
			return "`" + name + "`", 1, true
		}
		return "", 0, false
	})
}

// bareName is a name without case, blanks and punctuation.
func bareName(name string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x80 && (!isWordByte(byte(c)) || c == '_' || c == '$') {
			return -1
		}
		return c
	}, strings.ToLower(name))
}

// aliasesIn are the names that the statement gives itself.
func aliasesIn(sql string, toks []sqlToken) map[string]bool {
	out := make(map[string]bool)
	for i := 1; i < len(toks); i++ {
		if toks[i].kind == tokWord && toks[i-1].kind == tokWord && toks[i-1].upper(sql) == "AS" {
			out[strings.ToLower(sql[toks[i].start:toks[i].end])] = true
		}
	}
	return out
}

// rewriteSpans is rewrite for changes that take in several tokens.
func rewriteSpans(sql string, toks []sqlToken, change func(i int) (text string, n int, ok bool)) (string, bool) {
	var b strings.Builder
	done, changed := 0, false
	for i := range toks {
		if text, n, ok := change(i); ok {
			b.WriteString(sql[done:toks[i].start])
			b.WriteString(text)
			done, changed = toks[i+n-1].end, true
		}
	}
	if !changed {
		return sql, false
	}
	b.WriteString(sql[done:])
	return b.String(), true
}
