package nl

import "math/big"

// leastGroup is the number of rows a group must have before its figures may reach a model that sees aggregates only.
const leastGroup = 5

var bigLeastGroup = big.NewInt(leastGroup)

// countColumn finds the item of the outermost SELECT list that is exactly COUNT(*), in the text that the guard printed:
// it is the size of each group. -1 when there is none, or when the statement's shape leaves any doubt (a set operation, a
// WITH clause, DISTINCT, a number of items other than the result's columns).
func countColumn(statement string, columns int) int {
	toks := withoutComments(scanSQL(statement))
	if len(toks) == 0 || toks[0].upper(statement) != "SELECT" {
		return -1
	}
	depth, item, begin, found := 0, 0, 1, -1
	inList := true
	finish := func(end int) {
		if isCount(statement, toks[begin:end]) && found < 0 {
			found = item
		}
		item++
		begin = end + 1
	}
	for i := 1; i < len(toks); i++ {
		t := toks[i]
		switch {
		case t.is(statement, "("):
			depth++
		case t.is(statement, ")"):
			depth--
		case depth != 0:
		case t.is(statement, ",") && inList:
			finish(i)
		case t.kind == tokWord:
			switch t.upper(statement) {
			case "FROM":
				if inList {
					finish(i)
					inList = false
				}
			case "UNION", "EXCEPT", "INTERSECT", "DISTINCT", "ROLLUP":
				return -1
			}
		}
	}
	if inList || item != columns {
		return -1
	}
	return found
}

// isCount recognises COUNT(*) and COUNT(1), which is how the guard prints it, with or without an alias.
func isCount(s string, toks []sqlToken) bool {
	if len(toks) != 4 && (len(toks) != 6 || toks[4].upper(s) != "AS") {
		return false
	}
	return toks[0].kind == tokWord && toks[0].upper(s) == "COUNT" && toks[1].is(s, "(") && toks[3].is(s, ")") &&
		(toks[2].is(s, "*") || toks[2].kind == tokNumber && s[toks[2].start:toks[2].end] == "1")
}
