package catalog

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"weak"

	"github.com/askwire/askwire"
)

// Search ranks the snapshot's tables for a question in Korean or English, best first, at most k. Only tables that match,
// or that a relationship joins with one that matches, are returned; each with the reason. The snapshot bounds everything:
// give it one that is reduced to the caller's scope. Its index is built at the first search and lives as long as the
// snapshot. Search is safe for concurrent use.
func Search(snap *askwire.Snapshot, text string, k int) []askwire.RankedTable {
	if snap == nil || k <= 0 || len(snap.Tables) == 0 {
		return nil
	}
	return indexes.of(snap).search(text, k)
}

// Warm builds the snapshot's index, so that the first question does not wait for it.
func Warm(snap *askwire.Snapshot) {
	if snap != nil {
		indexes.of(snap)
	}
}

const (
	maxQuestion = 4000 // bytes of a question that are looked at
	maxTerms    = 200
	spreadFrom  = 200 // tables whose neighbours are looked at
	spreadFar   = 20  // tables whose neighbours' neighbours are
	maxIndexes  = 64  // snapshots with an index; beyond, the one that was not used for longest is built again
)

// found is a table under consideration.
type found struct {
	table uint32
	own   float32 // from its own words
	score float32
	via   int32 // the neighbour that gave it more than its own words did, or -1
}

func (x *index) search(text string, k int) []askwire.RankedTable {
	if len(text) > maxQuestion {
		text = strings.ToValidUTF8(text[:maxQuestion], "")
	}
	terms := newAnalyser().question(text)
	terms = x.withKin(terms[:min(len(terms), maxTerms)])
	list := x.rank(terms)
	if len(list) > k {
		list = list[:k]
	}
	out := make([]askwire.RankedTable, len(list))
	for i, f := range list {
		out[i] = askwire.RankedTable{Table: x.tables[f.table], Score: float64(f.score), Reason: x.reason(f, terms)}
	}
	return out
}

// rank scores every table that has a term or a neighbour with one.
func (x *index) rank(terms []term) []found {
	s := x.scratch()
	defer x.release(s)
	w := x.weights
	var asked float32
	for _, t := range terms {
		entry := x.terms[t.text]
		if len(entry.postings) > 0 {
			asked += entry.idf * t.weight
		}
		list, idf := entry.postings, entry.idf
		for i := 0; i < len(list); {
			db, best := x.db[list[i].table], float32(0)
			for ; i < len(list) && x.db[list[i].table] == db; i++ {
				p := list[i]
				v := p.score * t.weight
				s.own[p.table] += v
				s.cover[p.table] += idf * t.weight
				best = max(best, v)
				if p.fields&(1<<inName) != 0 && !t.pair {
					s.name[p.table] += idf * t.weight
				}
			}
			s.db[db] += best
		}
	}
	var list []found
	for i, own := range s.own {
		if own > 0 {
			if total := x.nameTerms[i]; total > 0 && s.name[i] > 0 {
				share := min(1, s.name[i]/total)
				own += w.whole * share * share * min(s.name[i], total)
			}
			if word := x.copies[i]; word != "" && !slices.ContainsFunc(terms, func(t term) bool { return t.text == word }) {
				own *= w.copy
			}
			list = append(list, found{table: uint32(i), own: own, score: own + w.db*s.db[x.db[i]], via: -1})
		}
	}
	return x.spread(best(list, spreadFrom), s, asked)
}

func byScore(a, b found) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.table, b.table))
}

// best returns the n best of list, sorted. It sorts little more than these, as most tables match some common word.
func best(list []found, n int) []found {
	low, high := 0, len(list)
	for high-low > 1 && low < n && n < high {
		// Quickselect: everything before i is no worse than the pivot, everything from i no better.
		pivot := list[low+(high-low)/2]
		i, j := low, high-1
		for i <= j {
			for byScore(list[i], pivot) < 0 {
				i++
			}
			for byScore(list[j], pivot) > 0 {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case n <= j:
			high = j + 1
		case n >= i:
			low = i
		default:
			low = n
		}
	}
	list = list[:min(n, len(list))]
	slices.SortFunc(list, byScore)
	return list
}

// spread gives the neighbours of good tables a part of their score: questions rarely name the table between two others.
func (x *index) spread(list []found, s *scratch, asked float32) []found {
	w := x.weights
	at := s.at
	for i, f := range list {
		at[f.table] = int32(i + 1)
	}
	own := make([]found, len(list))
	copy(own, list)
	give := func(n uint32, gift float32, via uint32) {
		j := at[n]
		if j == 0 {
			list = append(list, found{table: n, score: s.own[n] + w.db*s.db[x.db[n]], via: -1})
			j = int32(len(list))
			at[n] = j
		}
		// The best neighbour counts, not the sum: a hub would win every time.
		if gift > s.gift[n] {
			f := &list[j-1]
			f.score += gift - s.gift[n]
			s.gift[n] = gift
			f.via = int32(via)
		}
	}
	for i, from := range own {
		share := s.cover[from.table] / asked
		gift := w.fk * from.own * (1 - w.full*share*share)
		for _, n := range x.neighbours[from.table] {
			give(n, gift, from.table)
			if i >= spreadFar || w.far == 0 {
				continue
			}
			for _, m := range x.neighbours[n] {
				if m != from.table {
					give(m, gift*w.far, n)
				}
			}
		}
		for _, n := range x.implied[from.table] {
			give(n, gift*w.like, from.table)
		}
	}
	slices.SortFunc(list, byScore)
	return list
}

// reason says where the question's words were found: "name: orders; columns: city; fk: customers".
func (x *index) reason(f found, terms []term) string {
	var words [numFields][]string
	for _, t := range terms {
		if t.pair {
			continue // its words are named
		}
		list := x.terms[t.text].postings
		i, ok := slices.BinarySearchFunc(list, f.table, func(p posting, n uint32) int { return cmp.Compare(p.table, n) })
		if !ok {
			continue
		}
		for field := range words {
			if list[i].fields&(1<<field) != 0 && len(words[field]) < 5 && !slices.ContainsFunc(words[field], func(have string) bool {
				return strings.Contains(have, t.word)
			}) {
				words[field] = append(words[field], t.word)
			}
		}
	}
	var b strings.Builder
	part := func(name, text string) {
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(name + ": " + text)
	}
	for field, list := range words {
		if len(list) > 0 {
			part(fieldNames[field], strings.Join(list, ", "))
		}
	}
	if f.via >= 0 {
		part("fk", x.tables[f.via].Name)
	}
	return b.String()
}

// scratch is the working memory of one search, kept for the next.
type scratch struct {
	own, name, gift, cover, db []float32
	at                         []int32
}

var scratches sync.Pool

func (x *index) scratch() *scratch {
	s, _ := scratches.Get().(*scratch)
	if s == nil {
		s = &scratch{}
	}
	n := len(x.tables)
	s.own, s.name, s.gift = zeroed(s.own, n), zeroed(s.name, n), zeroed(s.gift, n)
	s.cover = zeroed(s.cover, n)
	s.db = zeroed(s.db, x.dbs)
	s.at = zeroed(s.at, n)
	return s
}

func (x *index) release(s *scratch) { scratches.Put(s) }

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// indexes holds the index of every snapshot that was searched and still exists. A profile's scope is a snapshot of its
// own, so there are several for each backend.
var indexes = &indexCache{entries: make(map[weak.Pointer[askwire.Snapshot]]*indexEntry)}

type indexCache struct {
	mu      sync.Mutex
	entries map[weak.Pointer[askwire.Snapshot]]*indexEntry
	clock   uint64
}

type indexEntry struct {
	build func() *index
	used  uint64
}

func (c *indexCache) of(snap *askwire.Snapshot) *index {
	key := weak.Make(snap)
	c.mu.Lock()
	e := c.entries[key]
	if e == nil {
		if len(c.entries) >= maxIndexes {
			c.evict()
		}
		// The cleanup must not keep the snapshot alive, so the closure is dropped once it has run.
		e = &indexEntry{build: sync.OnceValue(func() *index { return newIndex(snap, &tuned) })}
		c.entries[key] = e
		runtime.AddCleanup(snap, c.forget, key)
	}
	c.clock++
	e.used = c.clock
	build := e.build
	c.mu.Unlock()
	return build()
}

func (c *indexCache) evict() {
	var oldest weak.Pointer[askwire.Snapshot]
	least := ^uint64(0)
	for key, e := range c.entries {
		if e.used < least {
			oldest, least = key, e.used
		}
	}
	delete(c.entries, oldest)
}

func (c *indexCache) forget(key weak.Pointer[askwire.Snapshot]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}
