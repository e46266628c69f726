package proxy

import (
	"errors"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
)

// A service account that may act for others names the person behind its session once: by this attribute of the connection, or
// by SET askwire.end_user before it reads a table or asks a question. What follows has the rights that both have, and the
// person's policy variables. A new login or COM_RESET_CONNECTION, neither of which is SQL, forgets the person.
const endUserAttribute = "askwire.end_user"

// namesEndUser reports whether an assignment names the person.
func namesEndUser(a front.Assignment) bool { return !a.User && a.Name == "askwire.end_user" }

// namesPerson carries out a SET that names the person. It stands alone, because a SET does all of its assignments or none.
func (s *session) namesPerson(as []front.Assignment) (bool, error) {
	i := slices.IndexFunc(as, namesEndUser)
	if i < 0 {
		return false, nil
	}
	if len(as) > 1 {
		return true, askwire.Errorf(askwire.WrongArguments, "askwire.end_user is set in a statement of its own.").WithHint("SET askwire.end_user = 'name'.")
	}
	v, err := as[i].Value.Eval(s.lookup)
	if err != nil {
		return true, err
	}
	if as[i].Value.Kind == front.Default || v.Kind != askwire.String || v.Text == "" {
		return true, askwire.Errorf(askwire.WrongValue, "askwire.end_user takes the name of a user.").WithHint("SET askwire.end_user = 'name'.")
	}
	return true, s.workFor(v.Text)
}

// workFor makes the session work for a person.
func (s *session) workFor(name string) error {
	switch {
	case s.person != "":
		return askwire.Errorf(askwire.PrivilegeDenied, "The session works for '%s' already.", s.person).
			WithHint("Name another person in a new session, or after COM_RESET_CONNECTION or COM_CHANGE_USER.")
	case s.begun:
		return askwire.Errorf(askwire.PrivilegeDenied, "The session has read tables already, so that the person behind it cannot be named any more.").
			WithHint("SET askwire.end_user as the first statement of a session.")
	}
	s.person = name
	b, err := s.bindTo("")
	if err == nil {
		err = s.change(b, "")
	}
	if err != nil {
		s.person = ""
	}
	return err
}

// via is the service account through which the session's person asks, or "".
func (s *session) via() string {
	if s.person == "" {
		return ""
	}
	return s.login.User
}

// reads notes that a statement reads more than metadata.
func (s *session) reads(st guard.Statement) {
	if s.begun || st.Receipt() == nil {
		return
	}
	s.begun = slices.ContainsFunc(st.Receipt().Tables, func(t string) bool { return !strings.HasPrefix(t, "information_schema.") })
}

// unnamed adds to the error of a question what may have kept it from its tables.
func (s *session) unnamed(err error) error {
	var own *askwire.Error
	if s.b.NoValue == "" || !errors.As(err, &own) || own.Hint == s.b.NoValue {
		return err
	}
	return own.WithHint("%s", strings.TrimSpace(own.Hint+" "+s.b.NoValue))
}
