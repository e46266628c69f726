package catalog

import "regexp"

// asking finds the words of an English question that say how the answer is to be made, not what it is about: in descending order,
// ordered by, the number of. Schemas have columns and tables of these names, orders above all.
var asking = regexp.MustCompile(`(?i)\b(?:in (?:\w+ ){0,3}order\b|order(?:ed)? by\b|sort(?:ed)? by\b)`)

// withoutAsking drops these words.
func withoutAsking(question string) string { return asking.ReplaceAllString(question, " ") }
