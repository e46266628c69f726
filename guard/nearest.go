package guard

import (
	"sort"
	"strings"
)

// short cuts a name that the client made up to the length of a name.
func short(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}

// didYouMean offers the nearest of names, or says otherwise.
func didYouMean(low string, names []string, otherwise string) string {
	best, dist := "", min(1+len(low)/3, len(low)-1)
	sort.Strings(names)
	for _, n := range names {
		if d := distance(low, strings.ToLower(n), dist); d <= dist && (best == "" || d < dist) {
			best, dist = n, d
		}
	}
	if best == "" {
		return otherwise
	}
	return "Did you mean '" + best + "'?"
}

// distance is the edit distance of a and b, or limit+1 when it is more.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit || len(x) > 64 || len(y) > 64 {
		return limit + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := last
			if x[i-1] != y[j-1] {
				cost++
			}
			last = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(y)]
}
