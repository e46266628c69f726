package nl

import (
	"cmp"
	"context"
	"sync"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// maxCandidates bounds the candidates option: each is a model call.
const maxCandidates = 5

// vote has the model write the question's other candidates, all at once, and counts which of them are one statement:
// drafts are compared as the guard prints their syntax trees, so that spaces, case and quotes make no difference. The
// one that most agree on is taken, the first of those; d is the first draft, which the gate has admitted. A candidate that
// cannot be used has no vote, and is not repaired.
func (a *Asker) vote(ctx context.Context, q *askwire.Question, gate guard.Gate, m NamedModel, p built, req Request, d *draft) error {
	k := min(q.Options.Candidates, maxCandidates)
	if k < 2 || m.local() {
		return nil
	}
	req.Varied = true
	others := make([]draft, k-1)
	errs := make([]error, k-1)
	var calls sync.WaitGroup
	for i := range others {
		calls.Go(func() {
			o := &others[i]
			o.trust, o.promptDigest, o.model, o.ranked = d.trust, d.promptDigest, d.model, d.ranked
			ans, resp, err := a.listen(ctx, q, gate, m, req, p.digest, o)
			if err == nil {
				err = a.try(ctx, q, gate, m, o, ans, resp)
			}
			errs[i] = err
		})
	}
	calls.Wait()
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	all := append([]draft{*d}, others...)
	votes := make(map[string]int)
	trees := make([]string, len(all))
	for i := range all {
		if i > 0 {
			d.calls += all[i].calls
			d.tokens.Input += all[i].tokens.Input
			d.tokens.Output += all[i].tokens.Output
			if errs[i-1] != nil {
				if askwire.CodeOf(errs[i-1]) == askwire.DecoyUsed {
					return errs[i-1]
				}
				continue
			}
		}
		if ok, err := admit(q, gate, all[i].sql, nil); err == nil {
			trees[i] = ok.st.Text()
			votes[trees[i]]++
		}
	}
	best := 0
	for i := range all {
		if votes[trees[i]] > votes[trees[best]] && trees[i] != "" {
			best = i
		}
	}
	if best > 0 {
		d.answer, d.attempts = all[best].answer, append(d.attempts[:len(d.attempts):len(d.attempts)], all[best].attempts...)
	}
	d.agreed, d.candidates = votes[trees[best]], k
	return nil
}

// ambiguous is error 50307, where the question asks to be asked back and the model has found two readings.
func ambiguous(q *askwire.Question, d draft) error {
	if cmp.Or(q.Options.OnAmbiguous, q.Profile.OnAmbiguous) != "ask" || len(d.readings) < 2 {
		return nil
	}
	first, second := sentence(data(d.readings[0], 300)), sentence(data(d.readings[1], 300))
	if korean(languageOf(q)) {
		return askwire.Errorf(askwire.Ambiguous, "질문을 두 가지로 읽을 수 있습니다: (1) %s (2) %s", first, second).
			WithHint("뜻하는 쪽의 말로 다시 물어보거나, USING on_ambiguous = 'answer' 로 첫 번째 답을 받으세요.")
	}
	return askwire.Errorf(askwire.Ambiguous, "The question can be read in two ways: (1) %s (2) %s", first, second).
		WithHint("Ask again in the words of the one you mean, or take the first with USING on_ambiguous = 'answer'.")
}
