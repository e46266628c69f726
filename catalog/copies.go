package catalog

import (
	"strings"

	"github.com/askwire/askwire"
)

// copiesOf finds the tables that repeat another one of their database: the same columns (nine of ten), and the same name with one
// more word, such as shadow_orders or orders_backup beside orders. It lists that word, as a term, for each; "" = it is none.
// Who wants such a table says so.
func copiesOf(tables []*askwire.Table) []string {
	out := make([]string, len(tables))
	a := newAnalyser()
	for from := 0; from < len(tables); {
		to := from
		for to < len(tables) && tables[to].DB == tables[from].DB {
			to++
		}
		names := make([][]string, to-from)
		byName := make(map[string]*askwire.Table, to-from)
		for i, t := range tables[from:to] {
			for _, w := range splitWords(t.Name) {
				names[i] = append(names[i], a.stem(strings.ToLower(w)))
			}
			byName[strings.Join(names[i], " ")] = t
		}
		for i, words := range names {
			for j := range words {
				if len(words) < 2 || isNumber(words[j]) {
					continue
				}
				rest := strings.Join(append(append([]string{}, words[:j]...), words[j+1:]...), " ")
				if original := byName[rest]; original != nil && repeats(tables[from+i], original) {
					out[from+i] = words[j]
				}
			}
		}
		from = to
	}
	return out
}

func repeats(t, original *askwire.Table) bool {
	same := 0
	for i := range original.Columns {
		if _, ok := t.Column(original.Columns[i].Name); ok {
			same++
		}
	}
	return same >= 3 && 10*same >= 9*max(len(t.Columns), len(original.Columns))
}
