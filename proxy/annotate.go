package proxy

import (
	"context"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
)

// annotate writes what a person with the right catalog knows about the database, and records that.
func (s *session) annotate(e *front.Annotate, text string) error {
	if !s.user.May("catalog") {
		s.srv.stats.Denied.Add(1)
		return askwire.Errorf(askwire.PrivilegeDenied, "Access denied; you need the right catalog for this.").WithHint("Ask the operator for it.")
	}
	if s.srv.cfg.Annotator == nil {
		return noStore()
	}
	return s.recorded(&askwire.QueryRecord{ID: askwire.NewID(), Kind: "annotate", Draft: text}, func(r *askwire.QueryRecord) (err error) {
		if r.Rows, err = s.srv.cfg.Annotator.Annotate(s.ctx, s.user.Name, &e.AnnotationEdit); err != nil {
			return err
		}
		return s.okRows(r.Rows)
	})
}

// recorded carries out an action that is neither a question nor plain SQL, with its intent and its end in the history.
func (s *session) recorded(r *askwire.QueryRecord, act func(r *askwire.QueryRecord) error) (err error) {
	r.At, r.User, r.Account, r.Profile, r.ClientAddr = s.srv.cfg.Clock(), s.user.Name, s.via(), s.b.Profile.Name, s.addr
	r.Backend, r.Database, r.Verdict = s.b.Profile.Backend, s.db, "allowed"
	if err := s.srv.cfg.Recorder.Begin(s.ctx, r); err != nil && s.set.AuditRequired {
		return unrecorded(err)
	}
	err = askwire.Errorf(askwire.Internal, "The statement ended in a panic.") // unless it ends
	defer func() {
		s.complete(r, guard.Statement{}, r.At, err)
		s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), r)
	}()
	s.setDeadline(planPatience)
	err = act(r)
	return err
}
