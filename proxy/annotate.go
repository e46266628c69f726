package proxy

import (
	"context"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
)

// annotate writes what a person with the right catalog knows about the database, and records that.
func (s *session) annotate(e *front.Annotate, text string) (err error) {
	if !s.user.May("catalog") {
		s.srv.stats.Denied.Add(1)
		return askwire.Errorf(askwire.PrivilegeDenied, "Access denied; you need the right catalog for this.").WithHint("Ask the operator for it.")
	}
	if s.srv.cfg.Annotator == nil {
		return noStore()
	}
	r := &askwire.QueryRecord{ID: askwire.NewID(), At: s.srv.cfg.Clock(), User: s.user.Name, Profile: s.b.Profile.Name, ClientAddr: s.addr, Kind: "annotate",
		Draft: text, Verdict: "allowed"}
	if err := s.srv.cfg.Recorder.Begin(s.ctx, r); err != nil && s.set.AuditRequired {
		return unrecorded(err)
	}
	err = askwire.Errorf(askwire.Internal, "The statement ended in a panic.") // unless it ends
	defer func() {
		s.complete(r, guard.Statement{}, r.At, err)
		s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), r)
	}()
	s.setDeadline(planPatience)
	n, err := s.srv.cfg.Annotator.Annotate(s.ctx, s.user.Name, &e.AnnotationEdit)
	if err != nil {
		return err
	}
	r.Rows = n
	err = s.okRows(n)
	return err
}
