package nl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

const (
	rankedDeep   = 3 * linkedTables // of each ranking that is fused
	fuseFlat     = 60               // the constant of reciprocal rank fusion: how little the first ranks differ
	embedAtOnce  = 256              // tables that one question has embedded, until all are
	embedPatient = 3 * time.Second
)

// ranking makes a ranking when it is first wanted, by meaning if that is wanted then, and keeps it.
type ranking func(meaning bool) []askwire.RankedTable

func (a *Asker) ranking(ctx context.Context, q *askwire.Question, examples []example) ranking {
	var list []askwire.RankedTable
	done := false
	return func(meaning bool) []askwire.RankedTable {
		if !done {
			list, done = a.ranked(ctx, q, examples, meaning), true
		}
		return list
	}
}

// ranked are the tables of the scope for the question, best first: by words, by the verified questions near it, and by
// meaning where the model has embeddings. The rankings are fused by rank, as their scores have no common scale; with the
// first alone, it stands as it is.
func (a *Asker) ranked(ctx context.Context, q *askwire.Question, examples []example, meaning bool) []askwire.RankedTable {
	byWords := a.search.Search(q.Snapshot, searchText(q), rankedDeep)
	var evidence []askwire.RankedTable
	seen := make(map[*askwire.Table]bool)
	for _, ex := range examples {
		for _, id := range ex.tables {
			if t := tableByID(q.Snapshot, id); t != nil && !seen[t] {
				seen[t] = true
				evidence = append(evidence, askwire.RankedTable{Table: t, Reason: "verified question: " + ex.name})
			}
		}
	}
	var byMeaning []askwire.RankedTable
	if meaning {
		byMeaning = a.byMeaning(ctx, q)
	}
	if len(evidence)+len(byMeaning) == 0 {
		return byWords[:min(len(byWords), linkedTables)]
	}
	return fuse(byWords, evidence, byMeaning)
}

// fuse is reciprocal rank fusion.
func fuse(lists ...[]askwire.RankedTable) []askwire.RankedTable {
	var out []askwire.RankedTable
	at := make(map[*askwire.Table]int)
	for _, list := range lists {
		for rank, r := range list {
			i, ok := at[r.Table]
			if !ok {
				i = len(out)
				at[r.Table] = i
				out = append(out, askwire.RankedTable{Table: r.Table})
			}
			out[i].Score += 1 / float64(fuseFlat+rank+1)
			if out[i].Reason != "" {
				out[i].Reason += "; "
			}
			out[i].Reason += r.Reason
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out[:min(len(out), linkedTables)]
}

// byMeaning ranks the tables whose vectors are known by their nearness to the question's. Vectors that are missing are made
// first, some at each question. Whatever fails, the words remain.
func (a *Asker) byMeaning(ctx context.Context, q *askwire.Question) []askwire.RankedTable {
	m, err := a.pick(q)
	if err != nil {
		return nil
	}
	e, ok := m.embedder()
	if !ok {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, embedPatient)
	defer stop()
	asked, err := a.embed(ctx, q, m, cut(searchText(q), maxQuestionRunes))
	if err != nil {
		return nil
	}
	var missing []int
	vectors := make([][]float32, len(q.Snapshot.Tables))
	keys := a.meanings.of(q.Snapshot, m.Name+"\x00"+e.EmbeddingsModel())
	for i := range q.Snapshot.Tables {
		var ok bool
		if vectors[i], ok = a.vectors.get(keys[i], q.Now); !ok && len(missing) < embedAtOnce {
			missing = append(missing, i)
		}
	}
	a.embedTables(ctx, q, m, e, keys, missing, vectors)
	var out []askwire.RankedTable
	for i, v := range vectors {
		if len(v) == len(asked) {
			out = append(out, askwire.RankedTable{Table: q.Snapshot.Tables[i], Score: dot(asked, v), Reason: "meaning"})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out[:min(len(out), rankedDeep)]
}

// embedTables fills in vectors: from the store, and all others with one call.
func (a *Asker) embedTables(ctx context.Context, q *askwire.Question, m NamedModel, e Embedder, keys []cacheKey, missing []int, vectors [][]float32) {
	var ask []int
	var texts []string
	for _, i := range missing {
		if a.sharedVectors != nil {
			if v := a.sharedVectors.Vector(ctx, hex.EncodeToString(keys[i][:])); len(v) > 0 {
				vectors[i] = v
				a.vectors.put(keys[i], v, time.Time{})
				continue
			}
		}
		ask = append(ask, i)
		texts = append(texts, tableText(q.Snapshot.Tables[i]))
	}
	if len(ask) == 0 {
		return
	}
	got, err := a.callEmbed(ctx, q, m, e, texts)
	if err != nil || len(got.Vectors) != len(ask) {
		return
	}
	for n, i := range ask {
		v := got.Vectors[n]
		if !finite(v) {
			continue
		}
		vectors[i] = v
		a.vectors.put(keys[i], v, time.Time{})
		if a.sharedVectors != nil {
			a.sharedVectors.KeepVector(hex.EncodeToString(keys[i][:]), v)
		}
	}
}

// dot is the cosine's numerator; the vectors of embedding models have the length 1.
func dot(a, b []float32) float64 {
	var s float64
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

// tableText is what a table's vector is made of: names, comments and columns, no values.
func tableText(t *askwire.Table) string {
	parts := []string{strings.ReplaceAll(t.Name, "_", " "), t.NameKo, t.NameEn, t.Comment, t.Description}
	parts = append(parts, t.Synonyms...)
	for i := range t.Columns {
		c := &t.Columns[i]
		parts = append(parts, strings.ReplaceAll(c.Name, "_", " "), c.NameKo, c.NameEn, c.Comment)
	}
	var b strings.Builder
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString(p)
		}
	}
	return cut(data(b.String(), 4000), 1000)
}

// meanings are the keys of the vectors of a snapshot's tables, which are the same wherever the tables say the same.
type meanings struct{ snapshotCache[[]cacheKey] }

func (n *meanings) of(snap *askwire.Snapshot, model string) []cacheKey {
	return n.get(snap, model, func() []cacheKey {
		keys := make([]cacheKey, len(snap.Tables))
		for i, t := range snap.Tables {
			keys[i] = sha256.Sum256([]byte(model + "\x00" + tableText(t)))
		}
		return keys
	})
}
