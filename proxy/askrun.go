package proxy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
)

// run is ASK RUN id [AS '…']: the SQL that ASK SQL wrote, through the gate again.
func (x *asking) run(a *front.Ask) error {
	s := x.s
	asked, err := s.srv.cfg.Recorder.Asked(s.ctx, s.user.Name, a.ID.Text)
	if err != nil {
		var own *askwire.Error
		if errors.As(err, &own) {
			return own
		}
		return askwire.Errorf(askwire.StaleQuestion, "There is no question of yours with the id %s.", quoted(a.ID.Text)).
			WithHint("Ask again with ASK SQL '…', and run the id that it returns.").Wrap(err)
	}
	question, draft, trust := asked.Question, asked.Draft, asked.Trust
	gate := x.gate
	if a.Edited != nil {
		draft, trust = a.Edited.Text, askwire.Edited
		gate.Session.Mode = s.vars.mode
		x.oddMode = s.vars.mode != guard.Mode{}
	}
	x.q.Text, x.record.Question, x.record.Draft = question, question, draft
	if x.st, err = gate.Check(draft); err != nil {
		s.srv.stats.Denied.Add(1)
		return err
	}
	x.plan = &askwire.Plan{ID: x.q.ID, Question: question, Draft: draft, Tables: x.st.Receipt().Tables, Model: "id " + a.ID.Text, Trust: trust}
	x.record.Trust, x.record.Model = trust, x.plan.Model
	if err := x.intend(); err != nil {
		return err
	}
	return x.answer()
}

func quoted(s string) string {
	return "'" + strings.ToValidUTF8(fmt.Sprintf("%.64s", s), "?") + "'"
}
