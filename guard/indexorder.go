package guard

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// A statement without ORDER BY gets rows in the order in which they are read, and an index on a hidden column may be the shortest thing
// to read them from: SELECT id FROM people comes sorted by salary, though salary is denied. So indexes that hold denied or masked columns
// are not read (IGNORE INDEX). Conditions of a statement could use only those that begin with a column that is shown; a warning names these.
// The row policy keeps those whose hidden columns it names itself. The order of the primary key stays: nothing turns that off.

// ignoreIndexes notes which indexes a table is read without.
func (b *builder) ignoreIndexes(t *tableRule) {
	masked := func(c columnRule) bool { return c.mask != nil }
	if b.policy.server.Family == askwire.Embedded || len(t.denied) == 0 && !slices.ContainsFunc(t.cols, masked) {
		return
	}
	full, _ := b.snap.Table(t.db, t.name)
	var names []string
	for _, ix := range full.Indexes {
		if ix.Name != "PRIMARY" && !ix.Invisible && slices.ContainsFunc(ix.Columns, t.hides) && !t.policyReads(ix.Columns) {
			names = append(names, string(appendName(nil, ix.Name)))
			if first := ix.Columns[0]; !t.hides(first) && !slices.ContainsFunc(full.Indexes, func(o askwire.Index) bool {
				return strings.EqualFold(o.Columns[0], first) && !slices.ContainsFunc(o.Columns, t.hides)
			}) {
				b.warn("tables", "", "If statements look rows up by it, add an index on "+first+" alone.",
					"the index %s of %s.%s is not read, because it holds a column that the profile hides or masks, and rows would come in its order. It is the only one that begins with %s.",
					ix.Name, t.db, t.name, first)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	const before = " IGNORE INDEX ("
	list := strings.Join(names, ", ")
	t.ignored = &fragment{text: before + list + ")", slots: []slot{{start: len(before), end: len(before) + len(list), kind: policySlot, name: list}}}
}

// hides reports whether a column of an index is not shown as it is. An expression, which has no name, may be made of such.
func (r *tableRule) hides(column string) bool {
	i, ok := r.byLow[strings.ToLower(column)]
	return !ok || r.cols[i].mask != nil
}

// policyReads reports whether an index serves the row policy: it names the first column, and every hidden one.
func (r *tableRule) policyReads(columns []string) bool {
	reads := func(c string) bool { return r.rowsRead[strings.ToLower(c)] }
	return reads(columns[0]) && !slices.ContainsFunc(columns, func(c string) bool { return r.hides(c) && !reads(c) })
}
