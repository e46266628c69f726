// Package offline is a model that never leaves the process: provider = "offline".
//
// It writes no SQL. A verified saved question has been matched before any model is asked, so whatever reaches it is a
// question that it does not know: it says so plainly and names the nearest saved questions that the asker may ask. A
// summary it words from the values that came back (nl.Word), with the saved question's template where there is one.
package offline

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/nl"
)

// Model is the offline model. Its zero value is ready, and safe for concurrent use.
type Model struct{}

var (
	_ nl.Model = Model{}
	_ nl.Local = Model{}
)

// New returns the offline model.
func New() Model { return Model{} }

// Local is true: no data leaves the process.
func (Model) Local() bool { return true }

// Complete answers from the request's facts.
func (Model) Complete(ctx context.Context, r nl.Request) (nl.Response, error) {
	if err := ctx.Err(); err != nil {
		return nl.Response{}, err
	}
	if r.Facts == nil || r.Facts.Question == nil {
		return nl.Response{}, askwire.Errorf(askwire.ModelUnavailable, "The offline model answers askwire's own requests only.").
			WithHint("Configure another provider for this use.")
	}
	switch r.Stage {
	case askwire.StageSummary, askwire.StageNarrate:
		return nl.Response{Text: nl.Word(r.Facts.Language, r.Facts.Plan, r.Facts.Sample)}, nil
	case askwire.StageSQL, askwire.StageRepair:
		text, err := json.Marshal(map[string]string{"sql": "", "cannot_answer": unknown(r.Facts)})
		return nl.Response{Text: string(text)}, err
	default:
		return nl.Response{}, askwire.Errorf(askwire.ModelUnavailable, "The offline model has no embeddings.").
			WithHint("Configure embeddings_model with another provider.")
	}
}

// unknown says what this model is.
func unknown(f *nl.Facts) string {
	ko := strings.HasPrefix(f.Language, "ko")
	switch {
	case ko && len(f.Offered) > 0:
		return "지금은 언어 모델이 연결되어 있지 않아(offline) 저장된 질문에만 답할 수 있습니다."
	case ko:
		return "지금은 언어 모델이 연결되어 있지 않아(offline) 저장된 질문에만 답할 수 있고, 비슷한 저장된 질문이 없습니다."
	case len(f.Offered) > 0:
		return "no language model is connected (offline), so only the saved questions are known."
	default:
		return "no language model is connected (offline), so only the saved questions are known, and none is near this one."
	}
}
