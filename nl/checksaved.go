package nl

import (
	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// CheckSaved tells of every saved question of the question's backend, whoever owns it, whether it fits the database and passes
// the gate: err is nil if so. It is for operators, who may know all of them.
func (a *Asker) CheckSaved(q *askwire.Question, gate guard.Gate, tell func(saved *askwire.SavedQuestion, err error)) {
	gate = bindGate(q, gate)
	for _, s := range a.saved.Load().all {
		if s.Backend != "" && s.Backend != q.Snapshot.Backend {
			continue
		}
		err := changed(&s.SavedQuestion, q.Snapshot)
		if err == nil {
			if ex, ok := s.example(q, false); ok {
				_, err = check(inDatabase(gate, ex.database), ex.sql)
			} else {
				err = staleError(s.Name, "Its parameters cannot be filled in.")
			}
		}
		tell(&s.SavedQuestion, err)
	}
}
