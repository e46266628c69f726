package proxy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/proxy/wire"
)

// command serves one command. It is false when the connection has to close.
func (s *session) command(cmd wire.Command, p []byte) bool {
	s.binary, s.cursorFor, s.more, s.indexes, s.changes = false, nil, false, 0, s.changes[:0]
	switch cmd {
	case wire.COM_QUERY, wire.COM_STMT_EXECUTE, wire.COM_STMT_PREPARE, wire.COM_STMT_CLOSE, wire.COM_STMT_RESET, wire.COM_PING, wire.COM_QUIT:
		// They detach where they turn out to be more than a statement for the backend.
	default:
		s.task.Detach()
	}
	switch cmd {
	case wire.COM_QUIT:
		return false
	case wire.COM_PING:
		return s.answer(s.fresh())
	case wire.COM_QUERY:
		return s.query(string(p))
	case wire.COM_INIT_DB:
		return s.answer(s.use(string(p)))
	case wire.COM_STMT_PREPARE:
		return s.settle(s.prepare(string(p)))
	case wire.COM_STMT_EXECUTE:
		s.binary = true
		return s.settle(s.execute(p))
	case wire.COM_STMT_SEND_LONG_DATA:
		s.longData(p)
		return true
	case wire.COM_STMT_CLOSE:
		s.closeStmt(p)
		return true
	case wire.COM_STMT_RESET:
		return s.answer(s.resetStmt(p))
	case wire.COM_FIELD_LIST:
		return s.settle(s.fieldList(p))
	case wire.COM_STATISTICS:
		return s.settle(s.statistics())
	case wire.COM_SET_OPTION:
		return s.setOption(p)
	case wire.COM_RESET_CONNECTION:
		s.forget()
		s.profile = ""
		s.gen = 0 // bind anew
		return s.answer(s.rebind())
	case wire.COM_CHANGE_USER:
		return s.changeUser(p)
	case wire.COM_STMT_FETCH:
		return s.settle(s.fetch(p))
	case wire.COM_PROCESS_INFO:
		return s.settle(notServed(cmd, "Use SHOW PROCESSLIST."))
	case wire.COM_PROCESS_KILL:
		if len(p) < 4 {
			return s.settle(askwire.Errorf(askwire.BadPacket, "A malformed COM_PROCESS_KILL.").WithHint("Use KILL id."))
		}
		return s.answer(s.killOther(binary.LittleEndian.Uint32(p), false))
	case wire.COM_CREATE_DB, wire.COM_DROP_DB, wire.COM_REFRESH, wire.COM_SHUTDOWN, wire.COM_DEBUG, wire.COM_TIME, wire.COM_DELAYED_INSERT,
		wire.COM_BINLOG_DUMP, wire.COM_BINLOG_DUMP_GTID, wire.COM_TABLE_DUMP, wire.COM_CONNECT_OUT, wire.COM_REGISTER_SLAVE,
		wire.COM_DAEMON, wire.COM_CLONE, wire.COM_SLEEP, wire.COM_CONNECT:
		return s.settle(notServed(cmd, "Only statements that read are served."))
	}
	return s.settle(askwire.Errorf(askwire.UnknownCommand, "Unknown %s.", cmd).WithHint("Use a client that speaks the MySQL protocol."))
}

func notServed(cmd wire.Command, hint string) error {
	return askwire.Errorf(askwire.NotSupported, "%s is not served by this proxy.", cmd).WithHint("%s", hint)
}

// answer ends a command that is no statement and is answered by OK or ERR alone. MariaDB does not repeat how many warnings the statement
// before had.
func (s *session) answer(err error) bool {
	if err != nil {
		return s.settle(err)
	}
	kept := s.warnings
	if s.server().Family == askwire.MariaDB {
		s.warnings = nil
	}
	err = s.ok()
	s.warnings = kept
	return err == nil
}

// settle writes the error that a command ended in, if it did. It is false when the connection has to close.
func (s *session) settle(err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, wire.ErrClientGone), errors.Is(err, errClientGone):
		return false
	}
	var told toldError
	if errors.As(err, &told) {
		return !errors.Is(err, errUserGone)
	}
	if s.fail(err) != nil {
		return false
	}
	return !errors.Is(err, errUserGone) && !errors.Is(err, errKilled) && !errors.Is(err, errShutdown)
}

// toldError is an error that the client has got already.
type toldError struct{ error }

func (e toldError) Unwrap() error { return e.error }

// fail writes an ERR packet and keeps the error for SHOW WARNINGS.
func (s *session) fail(err error) error {
	err = s.spelled(err)
	s.failed(err)
	return s.c.WriteError(err)
}

// failed takes note of an error that goes, or has gone, to the client.
func (s *session) failed(err error) {
	s.srv.stats.Errors.Add(1)
	number, _, message := wire.ErrorNumber(err, s.user != nil && s.user.Errors == "compatible")
	s.warn("Error", int(number), message)
	var own *askwire.Error
	if _, server := wire.IsServerError(err); !server && (!errors.As(err, &own) || own.Code == askwire.Internal || own.Code == askwire.BackendUnavailable) {
		s.log("statement failed", err)
	}
}

// status is what OK and EOF packets say of the session.
func (s *session) status() wire.Status {
	st := s.indexes
	if s.vars.autocommit {
		st |= wire.SERVER_STATUS_AUTOCOMMIT
	}
	if s.tx.open {
		st |= wire.SERVER_STATUS_IN_TRANS
		if f := s.server().Family; s.tx.readOnly && (f == askwire.MariaDB || f == askwire.MySQL) {
			st |= wire.SERVER_STATUS_IN_TRANS_READONLY
		}
	}
	if s.vars.mode.ANSIQuotes && s.server().Family == askwire.MariaDB {
		st |= wire.SERVER_STATUS_ANSI_QUOTES
	}
	if s.vars.mode.NoBackslashEscapes {
		st |= wire.SERVER_STATUS_NO_BACKSLASH_ESCAPES
	}
	if s.more {
		st |= wire.SERVER_MORE_RESULTS_EXISTS
	}
	return st
}

func (s *session) ok() error { return s.okRows(0) }

// okRows is an OK packet that says how many rows were changed.
func (s *session) okRows(n int64) error {
	ok := wire.OK{Affected: uint64(n), Status: s.status(), Warnings: s.warningCount(), Changes: s.toldChanges()}
	return s.c.WriteOK(ok)
}

func (s *session) warningCount() uint16 { return uint16(min(len(s.warnings), 65535)) }

// result starts a row set of the proxy's own, in the protocol of the command.
func (s *session) result(columns ...wire.Column) *wire.ResultWriter {
	switch {
	case s.cursorFor != nil:
		return s.c.NewCursorResult(columns...)
	case s.binary:
		return s.c.NewBinaryResult(columns...)
	}
	return s.c.NewResult(columns...)
}

func (s *session) endResult(w *wire.ResultWriter) error {
	s.foundRows, s.uncounted = w.Rows(), false
	if kept := w.Kept(); kept != nil {
		s.openOwn(s.cursorFor, kept)
	}
	return w.Close(s.status(), s.warningCount())
}

// query is COM_QUERY: one statement, or several when the client has said that it sends such.
func (s *session) query(text string) bool {
	if !s.multi || strings.IndexByte(text, ';') < 0 {
		return s.settle(s.statement(text))
	}
	// Cut one by one: a statement may change how the text behind it is read, such as by SET sql_mode.
	for first := true; ; first = false {
		part, rest, ok := cut(text, s.vars.lexMode())
		if !ok && !first {
			return true
		}
		_, _, s.more = cut(rest, s.vars.lexMode())
		if err := s.statement(part); err != nil {
			s.more = false
			return s.settle(err)
		}
		if !s.more {
			return true
		}
		text = rest
	}
}

// cut returns the first statement of a text and what follows its semicolon. It is false when there is none.
func cut(text string, mode lex.Mode) (part, rest string, ok bool) {
	sc := lex.New(text, mode)
	start, tokens := 0, 0
	for {
		t := sc.Next()
		switch {
		case t.Kind == lex.EOF:
			return text[start:], "", tokens > 0
		case t.Kind != lex.Punct || text[t.Pos] != ';':
			tokens++
		case tokens > 0:
			return text[start:t.Pos], text[t.End:], true
		default:
			start = t.End
		}
	}
}

// setOption is COM_SET_OPTION: 2 bytes, 0 = multi-statements on, 1 = off. It is answered by EOF.
func (s *session) setOption(p []byte) bool {
	if len(p) < 2 || binary.LittleEndian.Uint16(p) > 1 {
		return s.settle(askwire.Errorf(askwire.WrongArguments, "Unknown option in COM_SET_OPTION.").WithHint("Only multi-statements can be set."))
	}
	s.multi = binary.LittleEndian.Uint16(p) == 0
	return s.c.WriteEOF(s.status(), 0) == nil
}

// statistics is COM_STATISTICS: a line of text. It counts this user's world only.
func (s *session) statistics() error {
	up := int64(s.srv.cfg.Clock().Sub(s.srv.started).Seconds())
	flushed := ""
	if s.server().Family != askwire.MariaDB {
		flushed = "Flush tables: 0  "
	}
	return s.c.WritePacket(fmt.Appendf(nil, "Uptime: %d  Threads: %d  Questions: %d  Slow queries: 0  Opens: 0  %sOpen tables: 0  Queries per second avg: 0.000",
		up, len(s.ownSessions()), s.questions, flushed))
}

// changeUser is COM_CHANGE_USER: a login from scratch.
func (s *session) changeUser(p []byte) bool {
	s.forget()
	if s.ctx.Err() != nil {
		s.renewContext()
	}
	login, err := s.door.hands.ChangeUser(s.ctx, s.c, p)
	if err != nil {
		s.loginFailed(err)
		return false
	}
	login.Capabilities, login.Progress = s.login.Capabilities, s.login.Progress
	if err := s.enter(login); err != nil {
		s.settle(err)
		return false
	}
	return s.ok() == nil
}

// rebind binds from scratch, as after a login.
func (s *session) rebind() error {
	b, err := s.bindTo("")
	if err != nil {
		return err
	}
	s.bind(b, s.srv.cfg.Directory.Generation())
	s.regate()
	s.applyTimeouts()
	return nil
}

// use is USE and COM_INIT_DB.
func (s *session) use(name string) error {
	if err := s.fresh(); err != nil {
		return err
	}
	db, err := s.database(name)
	if err != nil {
		return err
	}
	s.db = db
	s.warnings = s.warnings[:0]
	s.trackSchema()
	s.regate()
	return nil
}
