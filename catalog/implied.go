package catalog

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// maxImplied bounds the tables that one leads to: what half of a schema refers to, such as users, says nothing.
const maxImplied = 64

// impliedNeighbours lists for each table those that no relationship joins with it although a column of one is named after the
// other: flights.airline and airlines, allocations.resource_provider_id and resource_providers. Many schemas declare no foreign
// keys at all. It is good enough for ranking and for nothing else: the prompt shows known relationships only.
func impliedNeighbours(tables []*askwire.Table, neighbours [][]uint32) [][]uint32 {
	out := make([][]uint32, len(tables))
	seen := make(map[[2]uint32]bool)
	link := func(a, b uint32) {
		if pair := [2]uint32{min(a, b), max(a, b)}; !seen[pair] && !slices.Contains(neighbours[a], b) {
			seen[pair] = true
			out[a], out[b] = append(out[a], b), append(out[b], a)
		}
	}
	a := newAnalyser()
	keys := make(map[string]string)
	key := func(name string, endings map[string]bool) (k string, ended bool) {
		id := name
		if endings != nil {
			id += "\x00"
		}
		if k, ok := keys[id]; ok {
			return strings.TrimSuffix(k, "\x00"), strings.HasSuffix(k, "\x00")
		}
		words := splitWords(name)
		for len(words) > 1 && endings[strings.ToLower(words[len(words)-1])] {
			words, ended = words[:len(words)-1], true
		}
		for i, w := range words {
			if i == len(words)-1 {
				w = a.stem(strings.ToLower(w))
			}
			k += strings.ToLower(w)
		}
		keys[id] = k
		if ended {
			keys[id] += "\x00"
		}
		return k, ended
	}
	for from := 0; from < len(tables); {
		to := from
		for to < len(tables) && tables[to].DB == tables[from].DB {
			to++
		}
		byName := make(map[string]uint32, to-from)
		for i := from; i < to; i++ {
			k, _ := key(tables[i].Name, nil)
			byName[k] = uint32(i)
		}
		for i := from; i < to; i++ {
			for j := range tables[i].Columns {
				k, _ := key(tables[i].Columns[j].Name, keyEndings)
				if other, ok := byName[k]; ok && other != uint32(i) {
					link(uint32(i), other)
				}
			}
		}
		from = to
	}
	for i := range out {
		if len(out[i]) > maxImplied {
			out[i] = nil
		}
	}
	return out
}

// keyEndings are what the name of a referring column has after the name of the table.
var keyEndings = nameSet("id ids uuid guid key code cd no nr num number fk ref")
