package openai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	goopenai "github.com/sashabaranov/go-openai"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/nl"
)

// maxTries bounds retries of one call; what a server does not take (askWithout) is not counted.
const maxTries = 4

// Complete asks the model. It retries what may pass (408, 409, 429, 5xx, a broken connection, an answer without content)
// with growing, jittered waits or as Retry-After says, as long as the deadline leaves room.
func (m *Model) Complete(ctx context.Context, r nl.Request) (nl.Response, error) {
	return persist(ctx, m, func(ctx context.Context, sh shape) (nl.Response, *failure) { return m.once(ctx, r, sh) },
		func(f *failure, sh shape) bool { return m.askWithout(f, r, sh) })
}

// persist makes one call, and makes it again where that may help. without says that the request has been made simpler
// after a failure, and is tried at once.
func persist[T any](ctx context.Context, m *Model, once func(context.Context, shape) (T, *failure), without func(*failure, shape) bool) (T, error) {
	var none T
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	wait := &backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 8 * time.Second}
	wait.Reset()
	for try := 1; ; {
		if m.limiter != nil {
			if err := m.limiter.Wait(ctx); err != nil {
				return none, m.ended(parent, m.unavailable(err, "has no call left within the time limit",
					"Try again in a minute, or ask the administrator to raise calls_per_minute."))
			}
		}
		m.mu.Lock()
		sh := m.takes
		m.mu.Unlock()
		resp, f := once(ctx, sh)
		if f == nil {
			return resp, nil
		}
		if ctx.Err() != nil {
			return resp, m.ended(parent, m.unavailable(ctx.Err(), "did not answer within "+m.cfg.Timeout.String(), "Try again, or choose another model with the model option."))
		}
		if without(f, sh) {
			continue
		}
		if !f.retry || try == maxTries {
			return resp, f.err
		}
		try++
		d := wait.NextBackOff()
		if f.after > 0 {
			d = f.after
		}
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < d {
			return resp, f.err // the wait alone would outlast the time limit
		}
		if m.sleep(ctx, d) != nil {
			return resp, m.ended(parent, f.err)
		}
	}
}

// ended returns the caller's own end if there is one: then the model is not to blame.
func (m *Model) ended(parent context.Context, err error) error {
	if parent.Err() != nil {
		return parent.Err()
	}
	return err
}

// failure is one call that gave no answer.
type failure struct {
	err    error
	status int
	said   string // the server's message, lower case
	param  string
	retry  bool
	after  time.Duration // the server's own wish
}

// once makes one call.
func (m *Model) once(ctx context.Context, r nl.Request, sh shape) (nl.Response, *failure) {
	ex := &exchange{}
	resp, err := m.client.CreateChatCompletion(withExchange(ctx, ex), m.request(r, sh))
	if f := m.failed(ex, err); f != nil {
		return nl.Response{}, f
	}
	out := nl.Response{Tokens: askwire.Tokens{Input: int64(resp.Usage.PromptTokens), Output: int64(resp.Usage.CompletionTokens)}}
	if len(resp.Choices) == 0 {
		return out, &failure{err: m.unavailable(errors.New("no choices: "+ex.excerpt()), "answered without an answer", again), retry: true}
	}
	choice := resp.Choices[0]
	out.Text = choice.Message.Content
	for _, part := range choice.Message.MultiContent {
		if part.Type == goopenai.ChatMessagePartTypeText {
			out.Text += part.Text
		}
	}
	switch choice.FinishReason {
	case goopenai.FinishReasonLength:
		out.Cut = true
	case goopenai.FinishReasonContentFilter:
		out.Refused = "the provider's content filter stopped the answer"
	}
	if choice.Message.Refusal != "" {
		out.Refused = choice.Message.Refusal
	}
	if out.Tokens.Input == 0 && out.Tokens.Output == 0 {
		// A server that does not count must not make the daily limit endless; three bytes a token is a common mean.
		out.Tokens = askwire.Tokens{Input: int64(len(r.Text())/3 + 1), Output: int64(len(out.Text)/3 + 1)}
	}
	out.Cost = (float64(out.Tokens.Input)*m.cfg.Price.Input + float64(out.Tokens.Output)*m.cfg.Price.Output) / 1e6
	return out, nil
}

const again = "Try again in a moment."

// failed judges by what came over the wire first: the client's own error types differ from server to server.
func (m *Model) failed(ex *exchange, err error) *failure {
	f := &failure{status: ex.status}
	switch {
	case ex.tooLarge:
		f.err = m.unavailable(err, "answered more than askwire reads", again)
	case ex.status == 0 && err == nil:
		return nil
	case ex.status == 0:
		var u *url.Error
		f.retry = errors.As(err, &u) && !permanent(err)
		f.err = m.unavailable(err, "cannot be reached", "Check base_url and that the server runs.")
		if u == nil {
			f.err = m.unavailable(err, "cannot be asked with these settings", "Check max_tokens_field, temperature and reasoning_effort.")
		}
	case ex.status >= 300 && ex.status < 400:
		f.err = m.unavailable(errors.New("Location: "+ex.header.Get("Location")), "answered with a redirect", "Correct base_url.")
	case ex.html():
		f.retry = retriable(ex.status)
		f.err = m.unavailable(errors.New(ex.excerpt()), "answered with a web page", "Check base_url; it usually ends in /v1.")
	case ex.status >= 400:
		m.refused(f, ex)
	default:
		said, code := ex.errorObject()
		switch {
		case said != "":
			f.said = strings.ToLower(said)
			f.status = code
			f.retry = retriable(code)
			f.err = m.unavailable(errors.New(said), "answered with an error", again)
		case err != nil:
			f.err = m.unavailable(errors.Join(err, errors.New(ex.excerpt())), "answered with something that is no chat completion", "Check base_url; it usually ends in /v1.")
		default:
			return nil
		}
	}
	return f
}

// refused words an error status.
func (m *Model) refused(f *failure, ex *exchange) {
	said, _ := ex.errorObject()
	if said == "" {
		said = ex.excerpt()
	}
	f.said, f.param = strings.ToLower(said), ex.errorParam()
	f.retry, f.after = retriable(ex.status), retryAfter(ex.header, time.Now())
	cause := errors.New(http.StatusText(ex.status) + ": " + said)
	switch {
	case ex.status == http.StatusUnauthorized || ex.status == http.StatusForbidden:
		f.err = m.unavailable(cause, "refuses the API key", "Ask the administrator to check api_key.")
	case ex.status == http.StatusNotFound:
		f.err = m.unavailable(cause, "is not found on its server", "Ask the administrator to check base_url and model.")
	case ex.status == http.StatusTooManyRequests && strings.Contains(f.said, "quota"):
		f.retry = false
		f.err = m.unavailable(cause, "has used up its provider's quota", "Ask the administrator to check the provider's account.")
	case ex.status == http.StatusTooManyRequests:
		f.err = m.unavailable(cause, "is asked too often (429)", "Try again in a minute.")
	case ex.status == http.StatusRequestEntityTooLarge || strings.Contains(f.said, "context length") || strings.Contains(f.said, "context_length") || strings.Contains(f.said, "context size"):
		f.err = m.unavailable(cause, "cannot read a prompt of this length", "Ask for a profile with fewer tables, or a model with a longer context.")
	case ex.status < 500:
		f.err = m.unavailable(cause, "does not accept the request", "The administrator sees the reason in the log.")
	default:
		f.err = m.unavailable(cause, "has an error on its side", again)
	}
}

func (m *Model) unavailable(cause error, what, hint string) error {
	return askwire.Errorf(askwire.ModelUnavailable, "The model %q %s.", m.cfg.Name, what).WithHint("%s", hint).Wrap(cause)
}

func retriable(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

// askWithout gives up a part of the request that the server does not take and remembers that. It reports whether the
// request will be another one.
func (m *Model) askWithout(f *failure, r nl.Request, sh shape) bool {
	switch f.status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotImplemented, http.StatusInternalServerError:
	default:
		return false
	}
	names := func(words ...string) bool {
		for _, w := range words {
			if f.param == w || strings.Contains(f.said, w) {
				return true
			}
		}
		return false
	}
	if f.status == http.StatusInternalServerError && !names("response_format", "json_schema", "grammar", "guided") {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.takes != sh {
		return true // another call has learnt something meanwhile
	}
	auto := func(s string) bool { return s == "" || s == "auto" }
	switch {
	case names("context length", "context_length", "context size", "reasoning_effort"):
		return false // names max_tokens too
	case names("max_tokens", "max_completion_tokens") && auto(m.cfg.MaxTokensField) && !sh.fieldSwitched:
		m.takes.newField, m.takes.fieldSwitched = !sh.newField, true
	case names("temperature") && auto(m.cfg.Temperature) && !sh.noTemperature:
		m.takes.noTemperature = true
	case r.Schema != nil && sh.format < formatText:
		m.takes.format++
	default:
		return false
	}
	return true
}

// errorObject finds the error inside an answer: {"error": {"message": …, "code": …}}, Ollama's {"error": "…"}, and vLLM's
// {"object": "error", "message": …}.
func (ex *exchange) errorObject() (said string, code int) {
	var body struct {
		Error   json.RawMessage `json:"error"`
		Object  string          `json:"object"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Code    json.RawMessage `json:"code"`
	}
	if json.Unmarshal(ex.body, &body) != nil {
		return "", 0
	}
	if body.Object == "error" && body.Message != "" {
		return body.Message, intOf(body.Code)
	}
	var inner struct {
		Message string          `json:"message"`
		Code    json.RawMessage `json:"code"`
	}
	switch {
	case json.Unmarshal(body.Error, &said) == nil && said != "":
		return said, 0
	case json.Unmarshal(body.Error, &inner) == nil && inner.Message != "":
		return inner.Message, intOf(inner.Code)
	case len(body.Error) > 0 && string(body.Error) != "null" && string(body.Error) != `""`:
		return string(body.Error[:min(len(body.Error), 300)]), 0
	case len(body.Detail) > 0 && ex.status >= 400:
		return string(body.Detail[:min(len(body.Detail), 300)]), 0
	}
	return "", 0
}

func intOf(raw json.RawMessage) int {
	var n int
	if json.Unmarshal(raw, &n) != nil {
		return 0
	}
	return n
}

func (ex *exchange) errorParam() string {
	var body struct {
		Error struct {
			Param string `json:"param"`
		} `json:"error"`
	}
	_ = json.Unmarshal(ex.body, &body) // no JSON has no parameter
	return strings.ToLower(body.Error.Param)
}
