package proxy

import (
	"strconv"

	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// warning is one line of SHOW WARNINGS.
type warning struct {
	level   string // Note | Warning | Error
	code    int
	message string
}

const (
	maxWarnings = 64 // as max_error_count
	noteCode    = 50300
)

func (s *session) warn(level string, code int, message string) {
	if len(s.warnings) < maxWarnings {
		s.warnings = append(s.warnings, warning{level, code, message})
	}
}

// note adds a Note of askwire's own: where an answer comes from, or why a part of it is missing.
func (s *session) note(message string) { s.warn("Note", noteCode, message) }

func (s *session) countErrors() int {
	n := 0
	for _, w := range s.warnings {
		if w.level == "Error" {
			n++
		}
	}
	return n
}

// showWarnings answers SHOW WARNINGS, SHOW ERRORS and their counts. They leave the list as it is.
func (s *session) showWarnings(sh *front.Show) error {
	switch sh.What {
	case front.CountWarnings:
		return s.oneNumber("@@session.warning_count", len(s.warnings))
	case front.CountErrors:
		return s.oneNumber("@@session.error_count", s.countErrors())
	}
	var rows [][]*string
	for _, w := range s.warnings {
		if sh.What == front.Errors && w.level != "Error" {
			continue
		}
		code := strconv.Itoa(w.code)
		rows = append(rows, []*string{&w.level, &code, &w.message})
	}
	from := min(sh.Offset, int64(len(rows)))
	rows = rows[from:]
	if sh.Limit >= 0 {
		rows = rows[:min(sh.Limit, int64(len(rows)))]
	}
	kept := s.warnings // the list itself is not news about this statement
	s.warnings = nil
	defer func() { s.warnings = kept }()
	columns := []wire.Column{wire.TextColumn("Level"), wire.IntColumn("Code"), wire.TextColumn("Message")}
	return s.rows(sh, s.described(sh, columns), rows)
}

func (s *session) oneNumber(heading string, n int) error {
	w := s.result(wire.IntColumn(heading))
	_ = w.Row(n)
	return w.Close(s.status(), 0)
}

// fetchWarnings reads the warnings of the statement that has just run on conn, while the connection still has them. Where a
// row policy is in force they are withheld: they quote values, and the value may be a hidden row's. That there are some is said once, whatever
// their number, which on TiDB is another when hidden rows lead to another plan.
func (s *session) fetchWarnings(conn *wire.Backend, st guard.Statement) {
	if conn.Query(guard.ControlWarnings()) != nil {
		return
	}
	sample, _, err := conn.Collect(s.ctx, maxWarnings, 1<<20)
	if err != nil {
		s.log("warnings not read", err)
		return
	}
	withheld := false
	for _, r := range sample.Rows {
		if len(r) != 3 || r[0] == nil || r[1] == nil || r[2] == nil {
			continue
		}
		code, _ := strconv.Atoi(*r[1])
		message := *r[2]
		if st.RowPolicies() && !statementErrors[uint16(code)] {
			if withheld {
				continue
			}
			withheld = true
			message = "The backend's warnings are withheld because a row policy is in force."
		}
		s.warn(*r[0], code, message)
	}
}
