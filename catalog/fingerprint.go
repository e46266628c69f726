package catalog

import (
	"encoding/binary"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/askwire/askwire"
)

// fingerprint sums up names, types, keys, comments and annotations, the same in every process. Row estimates and sample
// values are not part of it: they move without the table changing.
func fingerprint(t *askwire.Table) uint64 {
	f := fields(make([]byte, 0, 128*(1+len(t.Columns))))
	f.put(t.DB, t.Name, t.Comment, t.Collation, t.NameKo, t.NameEn, t.Description)
	f.flag(t.View)
	f.put(t.Synonyms...)
	for i := range t.Columns {
		c := &t.Columns[i]
		f.put(c.Name, c.Type, c.Key, c.Extra, c.Charset, c.Collation, c.Comment, c.NameKo, c.NameEn, c.Description)
		f.flag(c.Nullable)
		f.flag(c.Default != nil)
		if c.Default != nil {
			f.put(*c.Default)
		}
		f.put(c.Synonyms...)
	}
	f.put(t.PrimaryKey...)
	for _, x := range t.Indexes {
		f.put(x.Name)
		f.flag(x.Unique)
		f.flag(x.Invisible)
		f.put(x.Columns...)
	}
	for _, fk := range t.ForeignKeys {
		f.put(fk.Name, fk.RefDB, fk.RefTable)
		f.put(fk.Columns...)
		f.put(fk.RefColumns...)
	}
	h := fnv.New64a()
	h.Write(f)
	return h.Sum64()
}

// fields is what is summed up. A list is written as its length and length-prefixed texts, so that no two lists sum up alike by
// moving a border.
type fields []byte

func (f *fields) put(texts ...string) {
	*f = binary.LittleEndian.AppendUint32(*f, uint32(len(texts)))
	for _, s := range texts {
		*f = binary.LittleEndian.AppendUint32(*f, uint32(len(s)))
		*f = append(*f, s...)
	}
}

func (f *fields) flag(b bool) {
	if b {
		*f = append(*f, 1)
	} else {
		*f = append(*f, 0)
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
