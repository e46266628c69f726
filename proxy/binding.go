package proxy

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// enter makes the session the user's who has proved to be it. It may be called again for COM_CHANGE_USER.
func (s *session) enter(l *wire.Login) error {
	user, ok := s.srv.cfg.Directory.User(l.User)
	if !ok {
		return errUserGone
	}
	if err := s.srv.reg.login(s, l.User, s.set); err != nil {
		s.srv.stats.SessionsDenied.Add(1)
		return err
	}
	gen := s.srv.cfg.Directory.Generation()
	person := l.Attributes[endUserAttribute]
	b, err := s.srv.cfg.Directory.Bind(Principal{User: l.User, For: person, Backend: s.door.backend})
	if err != nil {
		return err
	}
	s.forget()
	s.login, s.user, s.person, s.profile, s.db = l, user, person, "", ""
	s.account.Store(&l.User)
	s.multi = l.Capabilities.Has(wire.CLIENT_MULTI_STATEMENTS)
	s.bind(b, gen)
	s.names(l.Collation)
	if l.Database != "" {
		if s.db, err = s.database(l.Database); err != nil {
			return err
		}
		s.trackSchema()
	}
	s.regate()
	s.applyTimeouts()
	return nil
}

// forget drops what a fresh login does not have: transaction, variables, prepared statements, warnings.
func (s *session) forget() {
	s.closeCursors(nil)
	s.dropTx()
	s.tx.lost, s.tx.told = false, ""
	s.vars.reset()
	s.stmts, s.warnings, s.nextIsolation, s.nextReadOnly, s.foundRows = nil, nil, "", "", 0
	s.stmtBytes, s.longBytes = 0, 0
	s.lastID, s.last, s.turns = "", nil, nil
	s.person, s.begun = "", false
}

// bindTo asks the directory for the session's binding with a profile.
func (s *session) bindTo(profile string) (*Binding, error) {
	return s.srv.cfg.Directory.Bind(Principal{User: s.login.User, For: s.person, Profile: profile, Backend: s.door.backend})
}

func (s *session) bind(b *Binding, gen uint64) {
	s.b, s.gen, s.user = b, gen, b.User
	s.name.Store(&b.User.Name)
	s.c.SetCompatible(b.User.Errors == "compatible")
}

// fresh binds the session anew if the directory has changed. A principal that is gone is an error that ends the session.
func (s *session) fresh() error {
	gen := s.srv.cfg.Directory.Generation()
	if gen == s.gen {
		return nil
	}
	s.task.Detach()
	for _, name := range []string{s.login.User, s.person} {
		if _, ok := s.srv.cfg.Directory.User(name); !ok && name != "" {
			return errUserGone
		}
	}
	b, err := s.bindTo(s.profile)
	if err != nil {
		return err
	}
	lost := s.tx.conn != nil && s.tx.pool != b.Backend
	if s.cur.pool != b.Backend {
		s.closeCursors(nil)
	}
	s.bind(b, gen)
	s.regate()
	if lost {
		s.dropTx()
		return askwire.Errorf(askwire.Interrupted, "The configuration has changed, and the transaction was rolled back.").WithHint("Begin it again.")
	}
	return nil
}

// chooseProfile is SET askwire.profile.
func (s *session) chooseProfile(name string) error {
	b, err := s.bindTo(name)
	if err != nil {
		return err
	}
	return s.change(b, name)
}

// change goes on with another binding.
func (s *session) change(b *Binding, profile string) error {
	if s.tx.conn != nil && s.tx.pool != b.Backend {
		return askwire.Errorf(askwire.NotSupported, "The profile cannot change within a transaction.").WithHint("COMMIT first.")
	}
	s.closeCursors(nil) // they were opened with the other profile's rights
	s.profile = profile
	s.bind(b, s.gen)
	if s.db != "" {
		if _, err := s.database(s.db); err != nil {
			s.db = "" // out of the new profile's scope
			s.trackSchema()
		}
	}
	s.regate()
	return nil
}

// regate builds the gates from binding, database and variables.
func (s *session) regate() {
	s.gates++
	db := s.db
	s.dbName.Store(&db)
	s.front = s.options()
	session := guard.Session{Database: s.db, Mode: s.vars.mode, Vars: s.b.Vars, NoValue: s.b.NoValue, Known: s.known1, Metadata: true}
	s.gate = guard.Gate{Policy: s.b.Policy, Session: session}
	session.Metadata = false
	s.store = guard.Gate{Policy: s.b.Store, Session: session}
}

func (s *session) server() *askwire.Server { return &s.b.Policy.Scope().Server }

// rowLimit is how many rows the profile lets a statement return.
func (s *session) rowLimit() int64 {
	n := s.b.Profile.Limits.Rows
	if l := s.vars.ask.limit; l > 0 && l < n {
		return l
	}
	return n
}

// database resolves the name of a database within the scope.
func (s *session) database(name string) (string, error) {
	if strings.EqualFold(name, "information_schema") {
		return "information_schema", nil
	}
	if s.b.Store != nil && strings.EqualFold(name, storeSchema) {
		return storeSchema, nil
	}
	scope := s.b.Policy.Scope()
	for _, t := range scope.Tables {
		if t.DB == name || scope.Server.LowerCase != 0 && strings.EqualFold(t.DB, name) {
			return t.DB, nil
		}
	}
	if s.srv.cfg.Curator != nil && strings.EqualFold(name, s.set.AskWord) {
		return s.set.AskWord, nil
	}
	// The same answer whether there is no such database or only none for this profile.
	return "", askwire.Errorf(askwire.DatabaseDenied, "Access denied for user '%s' to database '%.64s'.", s.user.Name, strings.ToValidUTF8(name, "?")).
		WithHint("SHOW DATABASES lists those that you may use.")
}

// storeSchema is the schema of the history.
const storeSchema = "askwire"
