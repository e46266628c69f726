package catalog

import (
	"math"
	"slices"

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
	numFields
)

var fieldNames = [numFields]string{"name", "comment", "columns", "column comments", "database", "values"}

// weights of BM25F (Robertson, Zaragoza, Taylor 2004), one set for all catalogs.
type weights struct {
	field [numFields]float32
	b     [numFields]float32 // how much a long field is held against its words
	k1    float32
	whole float32 // share of a table's name that the question says
	db    float32 // what the tables of one database match together
	fk    float32 // what a table gets from its best neighbour by foreign key
}

var tuned = weights{
	field: [numFields]float32{inName: 3.6, inComment: 2, inColumns: 1.35, inTexts: 1.2, inDB: 1.4, inValues: 0.6},
	b:     [numFields]float32{inName: 0.2, inComment: 0.5, inColumns: 0.36, inTexts: 0.75, inDB: 0.6, inValues: 0.75},
	k1:    1.24,
	whole: 1.2,
	db:    0.5,
	fk:    0.95,
}

// posting says how well a table answers to a term, and where.
type posting struct {
	table  uint32
	score  float32
	fields uint8
}

// index is the inverted index of one snapshot. It is immutable. It does not point to the snapshot, so that a cache can
// see when that is gone.
type index struct {
	weights    *weights
	tables     []*askwire.Table // sorted by database
	db         []uint32         // number of each table's database
	dbs        int
	postings   map[string][]posting
	nameTerms  []float32 // sum of the name terms' idf, by table
	idf        map[string]float32
	neighbours [][]uint32 // by declared or hand-written relationships
}

// counts are the occurrences of one term in one table.
type counts [numFields]float32

func newIndex(snap *askwire.Snapshot, w *weights) *index {
	x := &index{
		weights: w, tables: snap.Tables, db: make([]uint32, len(snap.Tables)), postings: make(map[string][]posting),
		nameTerms: make([]float32, len(snap.Tables)), idf: make(map[string]float32),
	}
	b := newBuilder()
	type raw struct {
		table uint32
		counts
	}
	found := make(map[string][]raw)
	lengths := make([][numFields]float32, len(snap.Tables))
	var average [numFields]float32
	for i, t := range snap.Tables {
		if i > 0 && t.DB != snap.Tables[i-1].DB {
			x.dbs++
		}
		x.db[i] = uint32(x.dbs)
		for text, c := range b.table(t) {
			found[text] = append(found[text], raw{uint32(i), c})
			for f := range c {
				lengths[i][f] += c[f]
			}
		}
		for f, n := range lengths[i] {
			average[f] += n
		}
	}
	x.dbs++
	for f := range average {
		average[f] = max(1, average[f]/float32(max(1, len(snap.Tables))))
	}
	n := float64(len(snap.Tables))
	for text, list := range found {
		df := float64(len(list))
		idf := float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
		x.idf[text] = idf
		out := make([]posting, len(list))
		for i, r := range list {
			var tf float32
			var fields uint8
			for f, c := range r.counts {
				if c == 0 {
					continue
				}
				fields |= 1 << f
				tf += w.field[f] * c / (1 - w.b[f] + w.b[f]*lengths[r.table][f]/average[f])
			}
			if r.counts[inName] > 0 {
				x.nameTerms[r.table] += idf
			}
			out[i] = posting{r.table, idf * tf / (w.k1 + tf), fields}
		}
		slices.SortFunc(out, func(a, b posting) int { return int(a.table) - int(b.table) })
		x.postings[text] = out
	}
	x.neighbours = neighbours(snap)
	return x
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

// builder turns tables into term counts. Names repeat a lot in a schema, so each distinct text is analysed once.
type builder struct {
	analyser *analyser
	known    map[string][]term
}

func newBuilder() *builder {
	return &builder{analyser: newAnalyser(), known: make(map[string][]term)}
}

func (b *builder) terms(text string) []term {
	if text == "" {
		return nil
	}
	t, ok := b.known[text]
	if !ok {
		t = b.analyser.terms(text)
		b.known[text] = t
	}
	return t
}

// table counts the terms of a table. Words of columns count once, however many columns have them: else a wide table
// wins by repeating itself.
func (b *builder) table(t *askwire.Table) map[string]counts {
	out := make(map[string]counts)
	add := func(f field, once bool, texts ...string) {
		for _, text := range texts {
			for _, w := range b.terms(text) {
				c := out[w.text]
				if once {
					c[f] = max(c[f], w.weight)
				} else {
					c[f] += w.weight
				}
				out[w.text] = c
			}
		}
	}
	add(inDB, true, t.DB)
	add(inName, true, t.Name, t.NameKo, t.NameEn)
	add(inName, true, t.Synonyms...)
	add(inComment, false, t.Comment, t.Description)
	for i := range t.Columns {
		c := &t.Columns[i]
		add(inColumns, true, c.Name, c.NameKo, c.NameEn)
		add(inColumns, true, c.Synonyms...)
		add(inTexts, true, c.Comment, c.Description)
		add(inValues, true, c.Samples...)
		if c.DataType == "enum" || c.DataType == "set" {
			add(inValues, true, c.Type)
		}
	}
	return out
}
