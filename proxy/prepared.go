package proxy

import (
	"encoding/binary"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

const (
	maxStmts     = 4096
	maxStmtBytes = 8 << 20    // of texts, in one session
	directID     = 0xFFFFFFFF // MariaDB's "the statement prepared last"
)

// stmt is a prepared statement of a client. SQL is prepared on the backend as well, anew on each connection that runs it;
// everything else is read once and carried out at each execute.
type stmt struct {
	text     string
	cmd      front.Command
	sql      string     // for the gate: the text itself, or the SELECT of a SHOW
	gate     guard.Gate // as it was at PREPARE: default database and modes stay, the policy does not
	gates    uint64     // s.gates when st was admitted
	st       guard.Statement
	toStore  bool
	plain    bool     // the client's own SQL
	assigned []string // user variables that it assigns to
	params   *wire.Params
	inside   int   // of them stand inside of a question's words
	failed   error // of COM_STMT_SEND_LONG_DATA, which has no answer
	long     int   // bytes of long data held
	cursor   *cursor
}

// prepare is COM_STMT_PREPARE.
func (s *session) prepare(text string) error {
	s.direct = 0
	s.begin(text, 0)
	defer s.finish()
	if err := s.fresh(); err != nil {
		return err
	}
	if len(s.stmts) >= maxStmts || s.stmtBytes+len(text) > maxStmtBytes {
		return askwire.Errorf(askwire.UserLimit, "The session has %d prepared statements, which is all that it may hold.", len(s.stmts)).
			WithHint("Close those that are not needed.")
	}
	s.task.Detach()
	cmd, err := front.Parse(text, s.front)
	if err != nil {
		s.srv.stats.Denied.Add(1)
		return err
	}
	if !readsWarnings(cmd) {
		s.warnings = s.warnings[:0]
	}
	p := &stmt{text: text, cmd: cmd}
	switch cmd := cmd.(type) {
	case *front.Wrapped:
		return s.prepareWrapped(p, cmd)
	case front.Plain:
		p.sql, p.toStore, p.plain = text, cmd.Store || s.db == storeSchema, true
	case *front.Assigned:
		p.sql, p.toStore, p.plain, p.assigned = cmd.SQL, cmd.Store || s.db == storeSchema, true, cmd.Names
	case *front.Show:
		if !s.toStore(cmd) {
			if p.sql, _, err = s.showSelect(cmd); err != nil {
				return err
			}
		}
	case *front.Explain:
		if cmd.Markers {
			return askwire.Errorf(askwire.NotSupported, "EXPLAIN of a statement with ? is not served by this proxy.").WithHint("Write the values.")
		}
	case *front.Ask:
		return s.prepareAsk(p, cmd)
	case *front.Probe:
		p.params = wire.NewParams(0)
		columns, _, err := s.probed(cmd)
		if err != nil {
			return err
		}
		return s.announce(p, columns)
	case front.Empty: // a comment too: so it is for servers
		return askwire.Errorf(askwire.EmptyStatement, "The statement is empty.").WithHint("Write a SELECT, or ASK 'your question'.")
	}
	if p.sql == "" {
		p.params = wire.NewParams(0)
		var columns []wire.Column
		if sh, ok := cmd.(*front.Show); ok && !s.toStore(sh) {
			columns = s.announced(sh)
		}
		return s.announce(p, columns) // others come with the execute
	}
	return s.prepareSQL(p)
}

func (s *session) keep(p *stmt) uint32 {
	if s.stmts == nil {
		s.stmts = map[uint32]*stmt{}
	}
	for s.lastStmt++; s.lastStmt == 0 || s.lastStmt == directID || s.stmts[s.lastStmt] != nil; s.lastStmt++ {
	}
	s.stmts[s.lastStmt] = p
	s.direct = s.lastStmt
	s.stmtBytes += len(p.text)
	return s.lastStmt
}

// prepareSQL prepares on the backend, whose definitions the client gets.
func (s *session) prepareSQL(p *stmt) error {
	if p.toStore {
		if s.b.Store == nil {
			return noStore()
		}
		p.gate = s.store
	} else {
		p.gate = s.gate
	}
	if err := s.readmit(p); err != nil {
		return err
	}
	s.reads(p.st)
	s.setDeadline(s.statementTime() + timeGrace)
	d, err := s.definitions(p.st, p.toStore)
	if err != nil {
		return err
	}
	if sh, ok := p.cmd.(*front.Show); ok {
		d.columns = renamed(s.announced(sh), d.columns)
	} else if !p.toStore {
		if own := s.metadataShape(p.text, p.gate, p.st, prepared, nil); own.Columns != nil {
			d.columns, d.warnings = wire.Told(own.Columns, d.columns, true), own.warnings
		}
		d.columns = wire.Told(s.sessionColumns(p.st, nil), d.columns, true)
	}
	s.warnAll(d.warnings)
	p.params = wire.NewParams(len(d.params))
	return s.c.WritePrepareOK(s.keep(p), d.params, d.columns, s.warningCount())
}

// readmit asks the gate again when binding or session have changed since the statement was admitted.
func (s *session) readmit(p *stmt) error {
	if p.st.Valid() && p.gates == s.gates && !(p.toStore && namesSaved(p.sql)) && p.gate.Session.Rows == nil {
		return nil
	}
	p.gate.Policy, p.gate.Session.Vars = s.b.Policy, s.b.Vars
	if p.toStore {
		p.gate.Session.Vars, p.gate.Session.Rows = s.storeVars(p.sql), s.storeRows(p.sql)
		if p.gate.Policy = s.b.Store; p.gate.Policy == nil {
			return noStore()
		}
	} else {
		p.gate = s.withViews(p.gate, p.sql)
	}
	var st guard.Statement
	var err error
	if p.plain {
		if err := s.plainAllowed(p.toStore); err != nil {
			return err
		}
		st, err = s.check(p.gate.Prepare, p.sql)
	} else if st, err = p.gate.Prepare(p.sql); err == nil {
		err = onlyMetadata(st)
	}
	if err != nil {
		s.srv.stats.Denied.Add(1)
		return s.storeMix(err, p.toStore)
	}
	p.st, p.gates = st, s.gates
	return nil
}

// closeStmt is COM_STMT_CLOSE, which has no answer.
func (s *session) closeStmt(b []byte) {
	if len(b) < 4 {
		return
	}
	id := binary.LittleEndian.Uint32(b)
	if p := s.stmts[id]; p != nil {
		s.closeCursor(p, nil)
		s.stmtBytes -= len(p.text)
		s.dropLong(p)
		delete(s.stmts, id)
	}
}

// dropLong forgets a statement's long data.
func (s *session) dropLong(p *stmt) {
	s.longBytes -= p.long
	p.long = 0
	p.params.Reset()
}

func (s *session) stmt(p []byte, what string) (*stmt, []byte, error) {
	if len(p) < 4 {
		return nil, nil, askwire.Errorf(askwire.BadPacket, "A malformed %s.", what).WithHint("Prepare the statement again.")
	}
	id := binary.LittleEndian.Uint32(p)
	if id == directID {
		id = s.direct
	}
	if st := s.stmts[id]; st != nil {
		return st, p[4:], nil
	}
	return nil, nil, askwire.Errorf(askwire.UnknownStatement, "Unknown prepared statement handler (%d) given to %s.", id, what).
		WithHint("Prepare the statement again.")
}

// execute is COM_STMT_EXECUTE.
func (s *session) execute(b []byte) error {
	p, b, err := s.stmt(b, "EXECUTE")
	if err != nil {
		return err
	}
	s.begin(p.text, 0)
	defer s.finish()
	s.closeCursor(p, nil)
	if err := s.fresh(); err != nil {
		return err
	}
	args, err := p.params.ParseExecute(b)
	// The embedded engine prepares nothing while a cursor is open. Where there is no cursor, the rows come at once.
	if args.Cursor&wire.CURSOR_TYPE_READ_ONLY != 0 && s.server().Family != askwire.Embedded {
		s.cursorFor = p
	}
	s.dropLong(p) // the arguments point at it as long as they live
	if p.failed != nil {
		err, p.failed = p.failed, nil
	}
	if err != nil {
		return err
	}
	if !p.plain && !stays(p.cmd) {
		s.task.Detach()
	}
	if a, ok := p.cmd.(*front.Ask); ok {
		return s.executeAsk(p, a, args.Args)
	}
	if w, ok := p.cmd.(*front.Wrapped); ok {
		return s.executeWrapped(p, w, args)
	}
	if p.sql == "" {
		return s.carryOut(p.cmd, p.text)
	}
	p.argumentsOf(args.Args)
	s.warnings = s.warnings[:0]
	if p.plain {
		if err := s.vars.lose(p.assigned); err != nil {
			return err
		}
		err := s.executePlain(p, args)
		if cmd, ok := p.cmd.(front.Plain); ok && cmd.Counts {
			s.uncounted = true
		}
		return err
	}
	if err := s.readmit(p); err != nil {
		return err
	}
	s.setDeadline(s.statementTime() + timeGrace)
	j := job{st: p.st, prep: &args}
	if sh, ok := p.cmd.(*front.Show); ok {
		j.columns = s.shape(sh)
		j.told = j.columns != nil
	}
	_, err = s.send(j)
	return err
}

func (s *session) executePlain(p *stmt, args wire.Execute) error {
	s.srv.stats.Plain.Add(1)
	if p.toStore {
		s.task.Detach()
	}
	started := s.srv.cfg.Clock()
	err := s.readmit(p)
	var res wire.RelayResult
	st := p.st
	if err != nil {
		st = guard.Statement{}
	} else {
		s.setDeadline(s.statementTime() + timeGrace)
		j := job{st: st, toStore: p.toStore, prep: &args}
		if !p.toStore && metadataOnly(st) {
			j.columns = s.asBackend(s.metadataShape(p.text, p.gate, st, s.manner(), &args))
			j.told = j.columns != nil
		}
		if !p.toStore {
			j.columns = s.sessionColumns(st, j.columns)
		}
		j.ended = func(res wire.RelayResult, why error) { s.recordPlain(p.text, st, res, started, why) }
		if res, err = s.send(j); err == nil && res.Cursor {
			return nil // the history is written when the cursor ends
		}
	}
	s.recordPlain(p.text, st, res, started, err)
	return err
}

// longData is COM_STMT_SEND_LONG_DATA: no answer, whatever happens.
func (s *session) longData(b []byte) {
	p, b, err := s.stmt(b, "SEND_LONG_DATA")
	if err != nil || p.failed != nil {
		return
	}
	if s.longBytes+len(b) > 2*s.set.MaxPacket {
		p.failed = askwire.Errorf(askwire.PacketTooLarge, "The session holds too much data for statements that were not executed.").
			WithHint("Execute or reset them first.")
		return
	}
	if p.failed = p.params.LongData(b, s.set.MaxPacket); p.failed == nil {
		p.long += len(b)
		s.longBytes += len(b)
	}
}

// resetStmt is COM_STMT_RESET.
func (s *session) resetStmt(b []byte) error {
	p, _, err := s.stmt(b, "RESET")
	if err != nil {
		return err
	}
	s.closeCursor(p, nil)
	s.dropLong(p)
	p.failed = nil
	return nil
}

// arranged puts a client's arguments where the statement has them: a condition that was copied has its markers twice.
func arranged(st guard.Statement, e wire.Execute) wire.Execute {
	order := st.Markers()
	if order == nil || len(e.Args) != st.Params() {
		return e
	}
	args := make([]wire.Arg, len(order))
	for i, n := range order {
		args[i] = e.Args[n]
	}
	e.Args = args
	return e
}

// clientParams are the backend's definitions of parameters, one for each of the client's.
func clientParams(st guard.Statement, defs []wire.Column) []wire.Column {
	order := st.Markers()
	if order == nil || len(order) != len(defs) {
		return defs
	}
	out := make([]wire.Column, st.Params())
	for i, n := range order {
		out[n] = defs[i]
	}
	return out
}
