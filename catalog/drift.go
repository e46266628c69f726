package catalog

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// maxDrift bounds what one refresh lists: after a migration of everything, the list says no more than its first entries.
const maxDrift = 1000

// drift lists what the reading b has otherwise than a, both sorted by name, in one pass. Samples, row estimates and the
// server's settings are no drift.
func drift(a, b *askwire.Snapshot) []askwire.Drift {
	d := differ{now: b}
	i, j := 0, 0
	for i < len(a.Tables) || j < len(b.Tables) {
		order := 0
		switch {
		case i == len(a.Tables):
			order = 1
		case j == len(b.Tables):
			order = -1
		default:
			t, u := a.Tables[i], b.Tables[j]
			if order = strings.Compare(t.DB, u.DB); order == 0 {
				order = strings.Compare(t.Name, u.Name)
			}
		}
		switch {
		case order < 0:
			d.add(a.Tables[i], "", "dropped", "", "")
			i++
		case order > 0:
			d.add(b.Tables[j], "", "added", "", "")
			j++
		default:
			if a.Tables[i].Fingerprint != b.Tables[j].Fingerprint {
				d.table(a.Tables[i], b.Tables[j])
			}
			i, j = i+1, j+1
		}
	}
	return d.found
}

type differ struct {
	now   *askwire.Snapshot
	found []askwire.Drift
}

func (d *differ) add(t *askwire.Table, column, kind, was, is string) {
	if len(d.found) < maxDrift {
		d.found = append(d.found, askwire.Drift{At: d.now.At, Backend: d.now.Backend, Database: t.DB, Table: t.Name, Column: column, Kind: kind, Was: was, Is: is})
	}
}

func (d *differ) table(t, u *askwire.Table) {
	before := len(d.found)
	for i := range t.Columns {
		c := &t.Columns[i]
		n, ok := u.Column(c.Name)
		switch {
		case !ok:
			d.add(t, c.Name, "dropped", c.Type, "")
		case columnType(c) != columnType(n):
			d.add(u, c.Name, "type", columnType(c), columnType(n))
		case c.Key != n.Key:
			d.add(u, c.Name, "keys", c.Key, n.Key)
		case c.Comment != n.Comment || defaultText(c) != defaultText(n) || c.Extra != n.Extra:
			d.add(u, c.Name, "text", words(c.Comment, defaultText(c), c.Extra), words(n.Comment, defaultText(n), n.Extra))
		}
	}
	for i := range u.Columns {
		if _, ok := t.Column(u.Columns[i].Name); !ok {
			d.add(u, u.Columns[i].Name, "added", "", u.Columns[i].Type)
		}
	}
	switch {
	case t.Comment != u.Comment:
		d.add(u, "", "text", t.Comment, u.Comment)
	case len(d.found) == before: // an index, a foreign key, the order of columns
		d.add(u, "", "keys", "", "")
	}
}

func columnType(c *askwire.Column) string {
	if c.Nullable {
		return words(c.Type, c.Collation, "NULL")
	}
	return words(c.Type, c.Collation, "NOT NULL")
}

func defaultText(c *askwire.Column) string {
	if c.Default == nil {
		return ""
	}
	return "DEFAULT " + *c.Default
}

func words(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), " ")
}
