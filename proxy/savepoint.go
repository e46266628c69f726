package proxy

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
)

const maxSavepoints = 1000

// savepoint sets a savepoint, goes back to one or releases it. A transaction only reads, so what it reads stays the same: all that the
// session keeps is which savepoints there are.
func (s *session) savepoint(p front.Savepoint) error {
	at := slices.IndexFunc(s.tx.savepoints, func(name string) bool { return strings.EqualFold(name, p.Name) })
	switch {
	case !p.Rollback && !p.Release:
		if at >= 0 {
			s.tx.savepoints = slices.Delete(s.tx.savepoints, at, at+1)
		}
		if len(s.tx.savepoints) >= maxSavepoints {
			return askwire.Errorf(askwire.UserLimit, "The transaction has %d savepoints, which is all that it may have.", maxSavepoints).WithHint("Release some.")
		}
		s.tx.savepoints = append(s.tx.savepoints, p.Name)
	case at < 0:
		return askwire.Errorf(askwire.UnknownSavepoint, "SAVEPOINT %.64s does not exist.", strings.ToValidUTF8(p.Name, "?")).WithHint("Set it first: SAVEPOINT name.")
	case p.Release:
		s.tx.savepoints = s.tx.savepoints[:at]
	default: // those that were set later are gone
		s.tx.savepoints = s.tx.savepoints[:at+1]
	}
	return nil
}
