package proxy

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

const (
	sampleRows  = 200
	sampleBytes = 64 << 10
	defaultWait = 10 * time.Second

	summaryColumn = "summary"
)

// summary makes the text beside the rows.
type summary struct {
	x      *asking
	place  string
	said   *string // before, of the same rows
	text   *string
	why    error
	late   bool
	empty  bool // the result had no rows
	asked  bool
	ctx    context.Context
	cancel context.CancelFunc
	result chan summaryText // holds one text, then is closed
}

type summaryText struct {
	text string
	err  error
}

func newSummary(x *asking) *summary { return &summary{x: x, place: x.q.Options.Summary} }

// column is what the relay adds to the rows; nil with summary = off.
func (m *summary) column() *wire.Append {
	if m.place == "off" {
		return nil
	}
	place := map[string]wire.Place{"all": wire.AllRows, "last": wire.LastRow}[m.place]
	return &wire.Append{Name: summaryColumn, Place: place, Rows: sampleRows, Bytes: sampleBytes, Sample: m.sample, Text: m.get}
}

// sample starts the summary while rows may flow on, or takes what was said of the same rows before.
func (m *summary) sample(h *wire.Head) error {
	s := m.x.s
	m.asked, m.empty = true, h.Rows == 0
	if s.vars.limit == 1 {
		m.why = askwire.Errorf(askwire.NotSupported, "sql_select_limit is 1, as clients set it that only look at the columns.").WithHint("SET sql_select_limit = DEFAULT.")
		return nil
	}
	if len(m.x.args) == 0 { // of markers: their values stay out of texts, and digests know nothing of them
		if text, ok := s.srv.cfg.Asker.Said(m.x.q, m.x.plan, m.x.st, h.Digest); ok {
			m.said = &text
			return nil
		}
	}
	s.task.Detach()
	sample, err := h.Decode()
	if err != nil {
		return err
	}
	if len(m.x.args) == 0 {
		sample.Digest = h.Digest
	}
	sample = m.x.withoutArguments(m.x.cutByOption(sample))
	s.progress("summarising")
	// The backend has answered: its time limit is over, and the wait for the text has its own.
	m.ctx, m.cancel = context.WithTimeout(askwire.WithID(s.ctx, m.x.q.ID), m.x.wait())
	m.result = make(chan summaryText, 1)
	go func() {
		var out summaryText
		defer close(m.result)
		defer func() {
			if r := recover(); r != nil {
				s.srv.stats.Panics.Add(1)
				s.srv.cfg.Log.Error("a summary panicked", "panic", r, "stack", string(debug.Stack()))
				out.err = askwire.Errorf(askwire.Internal, "The summary failed.")
			}
			m.result <- out
		}()
		out.text, out.err = s.srv.cfg.Asker.Summarize(m.ctx, m.x.q, m.x.plan, m.x.st, sample)
	}()
	return nil
}

// cutByOption marks a result that the limit option has ended: a text that speaks of totals must not take it for the whole.
func (x *asking) cutByOption(sample askwire.Sample) askwire.Sample {
	if n := x.limit; n > 0 && int64(len(sample.Rows)) >= n {
		sample.Complete = false
	}
	return sample
}

// get waits for the text, at most until its time is over.
func (m *summary) get() *string {
	if m.said != nil {
		return m.shown(*m.said)
	}
	if m.result == nil {
		return nil
	}
	var out summaryText
	select {
	case out = <-m.result:
	default:
		m.x.s.watched(func() {
			select {
			case out = <-m.result:
			case <-m.ctx.Done():
				select {
				case out = <-m.result:
				default:
					out.err = m.ctx.Err()
				}
			}
		})
	}
	m.x.s.progress("sending rows")
	m.why = out.err
	switch {
	case out.err != nil:
		if m.late = m.ctx.Err() != nil; m.late {
			m.x.s.srv.stats.SummariesLate.Add(1)
		}
	default:
		return m.shown(out.text)
	}
	return nil
}

// shown takes a text, which may be empty.
func (m *summary) shown(text string) *string {
	if text != "" {
		m.x.s.srv.stats.Summaries.Add(1)
		m.text = &text
	}
	return m.text
}

// stop ends a summary that nobody waits for any more.
func (m *summary) stop() {
	if m.cancel == nil {
		return
	}
	m.cancel()
	for range m.result { // until the goroutine has closed it
	}
}

// notes say what the column cannot: the text when there is no row to hold it, or why there is none.
func (m *summary) notes() {
	s := m.x.s
	switch {
	case !m.asked:
	case m.text != nil && m.empty:
		s.note(*m.text)
	case m.late:
		s.note(fmt.Sprintf("askwire: no summary: it was not ready within %s.", m.x.wait()))
	case m.text == nil:
		s.noteNoSummary(m.why)
	}
}

// noteNoSummary says why there is no summary.
func (s *session) noteNoSummary(why error) {
	message := "the profile does not let these values reach a model, or there is nothing to say."
	if why != nil {
		var number uint16
		if number, _, message = wire.ErrorNumber(why, false); number == 1105 {
			message = "it failed; the operator's log has the cause."
			s.log("summary failed", why)
		}
	}
	s.note("askwire: no summary: " + strings.TrimPrefix(message, "There is no summary: "))
}
