package catalog

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/askwire/askwire"
)

// fingerprint sums up names, types, keys, comments and annotations, the same in every process. Row estimates and sample
// values are not part of it: they move without the table changing.
func fingerprint(t *askwire.Table) uint64 {
	h := fnv.New64a()
	put(h, t.DB, t.Name, t.Comment, t.Collation, t.NameKo, t.NameEn, t.Description)
	flag(h, t.View)
	put(h, t.Synonyms...)
	for i := range t.Columns {
		c := &t.Columns[i]
		put(h, c.Name, c.Type, c.Key, c.Extra, c.Charset, c.Collation, c.Comment, c.NameKo, c.NameEn, c.Description)
		flag(h, c.Nullable)
		flag(h, c.Default != nil)
		if c.Default != nil {
			put(h, *c.Default)
		}
		put(h, c.Synonyms...)
	}
	put(h, t.PrimaryKey...)
	for _, x := range t.Indexes {
		put(h, x.Name)
		flag(h, x.Unique)
		put(h, x.Columns...)
	}
	for _, fk := range t.ForeignKeys {
		put(h, fk.Name, fk.RefDB, fk.RefTable)
		put(h, fk.Columns...)
		put(h, fk.RefColumns...)
	}
	return h.Sum64()
}

// put writes a count and length-prefixed texts, so that no two lists of texts sum up alike by moving a border.
func put(h hash.Hash64, texts ...string) {
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], uint32(len(texts)))
	h.Write(n[:])
	for _, s := range texts {
		binary.LittleEndian.PutUint32(n[:], uint32(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
}

func flag(h hash.Hash64, b bool) {
	if b {
		h.Write([]byte{1})
	} else {
		h.Write([]byte{0})
	}
}

// changed reports whether b differs from a in anything that a reader of the snapshot relies on. Row estimates wander with
// every reading, so they count only when one has doubled or halved.
func changed(a, b *askwire.Snapshot) bool {
	if len(a.Tables) != len(b.Tables) || !sameServer(a.Server, b.Server) {
		return true
	}
	for i, t := range a.Tables {
		u := b.Tables[i]
		if t.DB != u.DB || t.Name != u.Name || t.Fingerprint != u.Fingerprint || moved(t.Rows, u.Rows) {
			return true
		}
		for j := range t.Columns {
			if !slices.Equal(t.Columns[j].Samples, u.Columns[j].Samples) {
				return true
			}
		}
	}
	return false
}

func moved(a, b int64) bool {
	const noise = 1000
	if a < 0 || b < 0 {
		return a != b
	}
	low, high := min(a, b), max(a, b)
	return high > noise && high >= 2*low
}

func sameServer(a, b askwire.Server) bool {
	if !slices.Equal(a.Collations, b.Collations) {
		return false
	}
	va, vb := maps.Clone(a.Variables), maps.Clone(b.Variables)
	for _, clock := range []string{"timestamp", "identity", "last_insert_id", "error_count", "warning_count"} {
		delete(va, clock)
		delete(vb, clock)
	}
	a.Collations, b.Collations, a.Variables, b.Variables = nil, nil, nil, nil
	return maps.Equal(va, vb) && a.Family == b.Family && a.Version == b.Version && a.Major == b.Major && a.Minor == b.Minor &&
		a.LowerCase == b.LowerCase && a.Vectors == b.Vectors && a.TimeZone == b.TimeZone
}
