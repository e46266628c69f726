package proxy

import (
	"context"
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

// fetchWarnings reads the warnings of the statement that has just run on conn, while the connection still has them.
func (s *session) fetchWarnings(conn *wire.Backend, st guard.Statement) {
	all, err := warningsOf(s.ctx, conn, st)
	s.log("warnings not read", err)
	s.warnAll(all)
}

func (s *session) warnAll(all []warning) {
	for _, w := range all {
		s.warn(w.level, w.code, w.message)
	}
}

// preparedWarnings are those of a statement's PREPARE. A connection that has prepared it before has forgotten them.
func preparedWarnings(ctx context.Context, conn *wire.Backend, p *wire.Prepared, st guard.Statement) ([]warning, error) {
	if all, known := p.Said.([]warning); known || p.Warnings == 0 {
		return all, nil
	}
	if !p.Fresh {
		if err := conn.CloseStmt(p); err != nil {
			return nil, err
		}
		var err error
		if p, err = conn.Prepare(ctx, st); err != nil {
			return nil, err
		}
	}
	all, err := warningsOf(ctx, conn, st)
	p.Said = all
	return all, err
}

// warningsOf are the backend's, but none where a row policy is in force: they quote values, which may be a hidden row's, and that there is
// one may depend on the plan, and the plan on hidden rows.
func warningsOf(ctx context.Context, conn *wire.Backend, st guard.Statement) (all []warning, err error) {
	if st.RowPolicies() {
		return nil, nil
	}
	if err := conn.Query(guard.ControlWarnings()); err != nil {
		return nil, err
	}
	sample, _, err := conn.Collect(ctx, maxWarnings, 1<<20)
	if err != nil {
		return nil, err
	}
	for _, r := range sample.Rows {
		if len(r) != 3 || r[0] == nil || r[1] == nil || r[2] == nil {
			continue
		}
		code, _ := strconv.Atoi(*r[1])
		all = append(all, warning{*r[0], code, *r[2]})
	}
	return all, nil
}
