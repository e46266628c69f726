package nl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"sort"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

const (
	rankedDeep    = 3 * linkedTables // of each ranking that is fused
	fuseFlat      = 10               // the constant of reciprocal rank fusion: how little the first ranks differ
	meaningWeight = 0.1              // of the ranking by meaning, where the one by words has 1
	embedAtOnce   = 248              // tables that one question has embedded, until all are
	embedFirst    = 8                // of these in the first call; each further one has twice as many
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
	return fuse(voice{byWords, 1}, voice{evidence, 1}, voice{byMeaning, meaningWeight})
}

// voice is a ranking and what it counts.
type voice struct {
	tables []askwire.RankedTable
	weight float64
}

// fuse is reciprocal rank fusion.
func fuse(voices ...voice) []askwire.RankedTable {
	var out []askwire.RankedTable
	at := make(map[*askwire.Table]int)
	for _, v := range voices {
		for rank, r := range v.tables {
			i, ok := at[r.Table]
			if !ok {
				i = len(out)
				at[r.Table] = i
				out = append(out, askwire.RankedTable{Table: r.Table})
			}
			out[i].Score += v.weight / float64(fuseFlat+rank+1)
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
	if _, ok := m.embedder(); !ok {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, a.embedWait)
	defer stop()
	asked, err := a.embed(ctx, q, m, cut(searchText(q), maxQuestionRunes))
	if err != nil {
		return nil
	}
	vectors, _ := a.tableVectors(ctx, q, m, embedAtOnce) // those that there are
	var out []askwire.RankedTable
	for i, v := range vectors {
		if len(v) == len(asked) {
			out = append(out, askwire.RankedTable{Table: q.Snapshot.Tables[i], Score: dot(asked, v), Reason: "meaning"})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out[:min(len(out), rankedDeep)]
}

// EmbedTables has vectors made for tables of the question's scope that have none, some at a time. It returns how many tables have
// one now; when those are all, rankings by meaning are complete.
func (a *Asker) EmbedTables(ctx context.Context, q *askwire.Question) (int, error) {
	m, err := a.pick(q)
	if err != nil {
		return 0, err
	}
	vectors, err := a.tableVectors(ctx, q, m, embedAtOnce)
	n := 0
	for _, v := range vectors {
		if v != nil {
			n++
		}
	}
	return n, err
}

// tableVectors are those of the scope's tables; missing ones, as many as most, are taken from the store or made. With an error the
// vectors are those that there are.
func (a *Asker) tableVectors(ctx context.Context, q *askwire.Question, m NamedModel, most int) ([][]float32, error) {
	e, ok := m.embedder()
	if !ok {
		return nil, askwire.Errorf(askwire.ModelUnavailable, "The model %q has no embeddings.", m.Name).WithHint("Set embeddings_model.")
	}
	made := m.Name + "\x00" + e.EmbeddingsModel()
	if m.PassagePrefix != "" {
		made += "\x00" + m.PassagePrefix
	}
	keys := a.meanings.of(q.Snapshot, made)
	vectors := make([][]float32, len(keys))
	var missing []int
	for i := range keys {
		var ok bool
		if vectors[i], ok = a.vectors.get(keys[i], q.Now); !ok && len(missing) < most {
			missing = append(missing, i)
		}
	}
	for n := embedFirst; len(missing) > 0; n *= 2 { // what a call has made stays, when a later one is too slow
		batch := missing[:min(n, len(missing))]
		missing = missing[len(batch):]
		if err := a.embedTables(ctx, q, m, e, keys, batch, vectors); err != nil {
			return vectors, err
		}
	}
	return vectors, nil
}

// embedTables fills in vectors: from the store, and all others with one call.
func (a *Asker) embedTables(ctx context.Context, q *askwire.Question, m NamedModel, e Embedder, keys []cacheKey, missing []int, vectors [][]float32) error {
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
		texts = append(texts, m.PassagePrefix+tableText(q.Snapshot.Tables[i]))
	}
	if len(ask) == 0 {
		return nil
	}
	got, err := a.callEmbed(ctx, q, m, e, texts)
	if err != nil {
		return err
	}
	for n, i := range ask {
		if n >= len(got.Vectors) || !finite(got.Vectors[n]) {
			return unusableVector(m)
		}
		v := normed(got.Vectors[n])
		vectors[i] = v
		a.vectors.put(keys[i], v, time.Time{})
		if a.sharedVectors != nil {
			a.sharedVectors.KeepVector(hex.EncodeToString(keys[i][:]), v)
		}
	}
	return nil
}

// normed is the vector with the length 1, which most models give it, and not all.
func normed(v []float32) []float32 {
	length := math.Sqrt(dot(v, v))
	if length == 0 {
		return v
	}
	out := make([]float32, len(v))
	for i := range v {
		out[i] = float32(float64(v[i]) / length)
	}
	return out
}

// dot is the cosine's numerator: among tables whose vectors have the length 1, it ranks as the cosine does.
func dot(a, b []float32) float64 {
	var s float64
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

// tableText is what a table's vector is made of: names, comments and columns, no values. It is short: beyond the first columns of a
// wide table, the vector of a small model says less, not more.
func tableText(t *askwire.Table) string {
	spaced := func(name string) string { return strings.ReplaceAll(name, "_", " ") }
	parts := append([]string{spaced(t.DB), spaced(t.Name), t.NameKo, t.NameEn, t.Comment, t.Description}, t.Synonyms...)
	for i := range t.Columns {
		c := &t.Columns[i]
		parts = append(parts, spaced(c.Name), c.NameKo, c.NameEn, c.Comment)
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
	return data(b.String(), 300)
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
