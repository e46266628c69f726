package catalog

import (
	"math"
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// field is a part of a table that a word can match.
type field uint8

const (
	inName    field = iota // the table's name, and its names and synonyms in annotations
	inComment              // its comment and description
	inColumns              // column names, and their names and synonyms in annotations
	inTexts                // column comments and descriptions
	inDB
	inValues // sample values and enum values
	inTerms  // terms of the glossary that point to it
	numFields
)

var fieldNames = [numFields]string{"name", "comment", "columns", "column comments", "database", "values", "glossary"}

// weights of BM25F (Robertson, Zaragoza, Taylor 2004), one set for all catalogs.
type weights struct {
	field counts
	b     counts // how much a long field is held against its words
	k1    float32
	whole float32 // share of a table's name that the question says
	db    float32 // what the tables of one database match together
	fk    float32 // what a table gets from its best neighbour by foreign key
	far   float32 // what of that goes on to the neighbour's neighbours
	full  float32 // how much less a table gives that matches all of the question by itself
	copy  float32 // what the words of a table count that only repeats another
	like  float32 // what of it a neighbour gets that is one by a column's name only
}

var tuned = weights{
	field: counts{inName: 2.4, inComment: 1.6, inColumns: 1.45, inTexts: 1.45, inDB: 1.4, inValues: 0.6, inTerms: 3},
	b:     counts{inName: 0.3, inComment: 0.5, inColumns: 0.29, inTexts: 0.75, inDB: 0.6, inValues: 0.75, inTerms: 0.2},
	k1:    1.24,
	whole: 1.25,
	db:    0.9,
	fk:    0.9,
	far:   0.6,
	full:  0.3,
	copy:  0.7,
	like:  0.5,
}

// posting says how well a table answers to a term, and where.
type posting struct {
	table  uint32
	score  float32
	fields uint8
}

// termEntry is a term of the catalog, its tables in order.
type termEntry struct {
	idf      float32
	postings []posting
}

// index is the inverted index of one snapshot. It is immutable. It does not point to the snapshot, so that a cache can
// see when that is gone.
type index struct {
	weights    *weights
	tables     []*askwire.Table // sorted by database
	db         []uint32         // number of each table's database
	dbs        int
	terms      map[string]termEntry
	nameTerms  []float32  // sum of the name terms' idf, by table
	latin      []string   // the terms that withKin looks among, sorted
	copies     []string   // by table: what copiesOf found
	neighbours [][]uint32 // by declared or hand-written relationships
	implied    [][]uint32 // by names of columns, where no relationship is known
}

// counts are the occurrences of one term in one table.
type counts [numFields]float32

// occurrence is a term's counts in one table.
type occurrence struct {
	table uint32
	counts
}

func newIndex(snap *askwire.Snapshot, w *weights) *index {
	x := &index{
		weights: w, tables: snap.Tables, db: make([]uint32, len(snap.Tables)), nameTerms: make([]float32, len(snap.Tables)),
		neighbours: neighbours(snap),
	}
	x.copies = copiesOf(snap.Tables)
	x.implied = impliedNeighbours(snap.Tables, x.neighbours)
	b := newBuilder()
	glossary := glossary(snap)
	lengths := make([]counts, len(snap.Tables))
	var average counts
	for i, t := range snap.Tables {
		if i > 0 && t.DB != snap.Tables[i-1].DB {
			x.dbs++
		}
		x.db[i] = uint32(x.dbs)
		lengths[i] = b.table(uint32(i), t, glossary[t])
		for f, n := range lengths[i] {
			average[f] += n
		}
	}
	x.dbs++
	for f := range average {
		average[f] = max(1, average[f]/float32(max(1, len(snap.Tables))))
	}
	n := float64(len(snap.Tables))
	x.terms = make(map[string]termEntry, len(b.ids))
	for text, id := range b.ids {
		found := b.found[id]
		if len(found) == 0 {
			continue
		}
		df := float64(len(found))
		e := termEntry{idf: float32(math.Log(1 + (n-df+0.5)/(df+0.5))), postings: make([]posting, len(found))}
		for i := range found {
			r := &found[i]
			var tf float32
			var fields uint8
			for f, c := range r.counts {
				if c == 0 {
					continue
				}
				fields |= 1 << f
				tf += w.field[f] * c / (1 - w.b[f] + w.b[f]*lengths[r.table][f]/average[f])
			}
			if r.counts[inName] > 0 && !b.pairs[id] {
				x.nameTerms[r.table] += e.idf
			}
			e.postings[i] = posting{r.table, e.idf * tf / (w.k1 + tf), fields}
		}
		x.terms[text] = e
		if len(text) >= kinLeast && !b.pairs[id] && !isCJK(firstRune(text)) {
			x.latin = append(x.latin, text)
		}
	}
	slices.Sort(x.latin)
	return x
}

// glossary lists for each table the names of the terms that point to it.
func glossary(snap *askwire.Snapshot) map[*askwire.Table][]string {
	out := make(map[*askwire.Table][]string)
	for _, term := range snap.Terms {
		for _, id := range term.Tables {
			db, name, _ := strings.Cut(id, ".")
			if t, ok := snap.Table(db, name); ok {
				out[t] = append(append(out[t], term.Name), term.Synonyms...)
			}
		}
	}
	return out
}

// neighbours lists for each table the tables that relationships join it with.
func neighbours(snap *askwire.Snapshot) [][]uint32 {
	number := make(map[*askwire.Table]uint32, len(snap.Tables))
	for i, t := range snap.Tables {
		number[t] = uint32(i)
	}
	out := make([][]uint32, len(snap.Tables))
	link := func(a, b uint32) {
		if a != b && !slices.Contains(out[a], b) {
			out[a] = append(out[a], b)
		}
	}
	join := func(a *askwire.Table, db, name string) {
		b, ok := snap.Table(db, name)
		if !ok {
			return
		}
		link(number[a], number[b])
		link(number[b], number[a])
	}
	for _, r := range snap.Relationships {
		if a, ok := snap.Table(r.From.DB, r.From.Table); ok {
			join(a, r.To.DB, r.To.Table)
		}
	}
	for _, t := range snap.Tables {
		for _, fk := range t.ForeignKeys {
			join(t, fk.RefDB, fk.RefTable)
		}
	}
	return out
}

// builder counts the terms of tables. Names repeat a lot in a schema, so each distinct one is analysed once.
type builder struct {
	analyser *analyser
	ids      map[string]uint32     // of terms
	known    map[string][]weighted // by name
	found    [][]occurrence        // by term
	pairs    []bool                // by term
}

type weighted struct {
	id     uint32
	weight float32
}

func newBuilder() *builder {
	return &builder{analyser: newAnalyser(), ids: make(map[string]uint32), known: make(map[string][]weighted)}
}

// terms are those of a text, and of a name's neighbouring words.
func (b *builder) terms(text string, name bool) []weighted {
	if text == "" {
		return nil
	}
	if list, ok := b.known[text]; ok && name {
		return list
	}
	words := b.analyser.terms(text)
	if name {
		words = append(words, pairs(words)...)
	}
	var list []weighted
	for _, t := range words {
		id, ok := b.ids[t.text]
		if !ok {
			id = uint32(len(b.found))
			b.ids[t.text] = id
			b.found = append(b.found, nil)
			b.pairs = append(b.pairs, t.pair)
		}
		list = append(list, weighted{id, t.weight})
	}
	if name {
		b.known[text] = list
	}
	return list
}

// table counts the terms of table number i and returns its length in each field. Words of columns count once, however
// many columns have them: else a wide table wins by repeating itself.
func (b *builder) table(i uint32, t *askwire.Table, glossary []string) (length counts) {
	add := func(f field, once bool, text string) {
		for _, w := range b.terms(text, f == inName || f == inColumns) {
			list := b.found[w.id]
			if n := len(list); n == 0 || list[n-1].table != i {
				list = append(list, occurrence{table: i})
				b.found[w.id] = list
			}
			c := &list[len(list)-1].counts[f]
			before := *c
			if once {
				*c = max(*c, w.weight)
			} else {
				*c += w.weight
			}
			if !b.pairs[w.id] {
				length[f] += *c - before
			}
		}
	}
	all := func(f field, texts []string) {
		for _, text := range texts {
			add(f, true, text)
		}
	}
	add(inDB, true, t.DB)
	add(inName, true, t.Name)
	add(inName, true, t.NameKo)
	add(inName, true, t.NameEn)
	all(inName, t.Synonyms)
	all(inTerms, glossary)
	add(inComment, false, t.Comment)
	add(inComment, false, t.Description)
	for j := range t.Columns {
		c := &t.Columns[j]
		add(inColumns, true, c.Name)
		add(inColumns, true, c.NameKo)
		add(inColumns, true, c.NameEn)
		all(inColumns, c.Synonyms)
		add(inTexts, true, c.Comment)
		add(inTexts, true, c.Description)
		all(inValues, c.Samples)
		if c.DataType == "enum" || c.DataType == "set" {
			add(inValues, true, c.Type)
		}
	}
	return length
}
