package nl

import "math/big"

// leastGroup is the number of rows a group must have before its figures may reach a model that sees aggregates only.
const leastGroup = 5

var bigLeastGroup = big.NewInt(leastGroup)

// countColumns finds the items of the outermost SELECT list that are exactly a COUNT, in the text that the guard printed. A
// group has at least as many rows as any COUNT over it says, of whatever and DISTINCT or not. None are found when the
// statement's shape leaves a doubt: a set operation or recursion anywhere (they can make rows out of nothing and multiply
// the few of a group), DISTINCT, ROLLUP, a number of items other than the result's columns.
func countColumns(statement string, columns int) []int {
	toks := withoutComments(scanSQL(statement))
	depth, item, begin := 0, 0, -1
	var found []int
	inList := false
	finish := func(end int) {
		if isCount(statement, toks[begin:end]) {
			found = append(found, item)
		}
		item++
		begin = end + 1
	}
	for i, t := range toks {
		switch {
		case t.is(statement, "("):
			depth++
		case t.is(statement, ")"):
			depth--
		case t.kind == tokWord && inflates[t.upper(statement)]:
			return nil
		case depth != 0:
		case t.is(statement, ",") && inList:
			finish(i)
		case t.kind == tokWord:
			switch t.upper(statement) {
			case "SELECT":
				if begin >= 0 {
					return nil
				}
				begin, inList = i+1, true
			case "FROM":
				if inList {
					finish(i)
					inList = false
				}
			case "DISTINCT", "ROLLUP":
				return nil
			}
		}
	}
	if begin < 0 || inList || item != columns {
		return nil
	}
	return found
}

var inflates = words(`UNION EXCEPT INTERSECT RECURSIVE VALUES`)

// isCount recognises COUNT(…), with or without an alias, and nothing around it: COUNT(…) OVER (…) is no size of a group.
func isCount(s string, toks []sqlToken) bool {
	n := len(toks)
	if n > 2 && toks[n-2].upper(s) == "AS" {
		toks, n = toks[:n-2], n-2
	}
	if n < 4 || toks[0].kind != tokWord || toks[0].upper(s) != "COUNT" || !toks[1].is(s, "(") {
		return false
	}
	depth := 0
	for i, t := range toks {
		switch {
		case t.is(s, "("):
			depth++
		case t.is(s, ")"):
			if depth--; depth == 0 {
				return i == n-1
			}
		}
	}
	return false
}
