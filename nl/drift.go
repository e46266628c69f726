package nl

import (
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// drift is when columns changed last, by backend and folded "db.table.column"; a change of a whole table has no column.
type drift map[[2]string]time.Time

// SetDrift replaces what is known of the schemas' changes. A question of a file that reads a column which changed after
// somebody verified it is stale; for those of the store, the types of their columns are known.
func (a *Asker) SetDrift(list []askwire.Drift) {
	found := make(drift)
	for _, d := range list {
		if d.Kind != "type" && d.Kind != "dropped" {
			continue
		}
		name := d.Database + "." + d.Table
		if d.Column != "" {
			name += "." + d.Column
		}
		key := [2]string{d.Backend, strings.ToLower(name)}
		if d.At.After(found[key]) {
			found[key] = d.At
		}
	}
	a.saving.Lock()
	defer a.saving.Unlock()
	for _, set := range []*savedSet{a.fileSet, a.saved.Load()} {
		c := *set
		c.drift = found
		if set == a.fileSet {
			a.fileSet = &c
		} else {
			a.saved.Store(&c)
		}
	}
}

// drifted is why a question of a file does not fit the database any more, as far as the changes since it was verified
// tell, or nil. st is its SQL as a gate has admitted it.
func (s *savedSet) drifted(q *askwire.SavedQuestion, snap *askwire.Snapshot, st guard.Statement) error {
	if q.ID != "" || len(s.drift) == 0 {
		return nil
	}
	r := st.Receipt()
	for _, name := range append(r.Columns[:len(r.Columns):len(r.Columns)], r.Tables...) {
		if at, ok := s.drift[[2]string{snap.Backend, strings.ToLower(name)}]; ok && at.After(q.VerifiedAt) {
			return askwire.Errorf(askwire.StaleQuestion, "The saved question %q reads %s, which changed at %s, after it was verified.",
				q.Name, name, at.UTC().Format("2006-01-02 15:04:05")).
				WithHint("Ask in other words; or, if the SQL is still right, write a later verified_at into its file.")
		}
	}
	return nil
}
