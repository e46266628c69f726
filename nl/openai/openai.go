// Package openai is a model behind an OpenAI-compatible server: OpenAI itself, Azure OpenAI, and by base URL Ollama, vLLM,
// llama.cpp and other servers that speak /v1/chat/completions.
//
// It is the only door to github.com/sashabaranov/go-openai, which has no time-out, no retry, no limit on what it reads,
// and takes an error inside a 200 for an answer; all of that is done here. What a server does not take (a JSON schema, a
// temperature, a token field) is found out by its error 400, once, and remembered.
//
// Errors are *askwire.Error with ModelUnavailable; what the server said goes to the log only, it can name accounts.
package openai

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	goopenai "github.com/sashabaranov/go-openai"
	"golang.org/x/time/rate"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/nl"
)

// Config is one [[model]] with provider openai or azure.
type Config struct {
	Name            string // of the [[model]], for messages
	Provider        string // "openai" (any compatible server) or "azure"
	BaseURL         string // "" = https://api.openai.com/v1; Azure: https://NAME.openai.azure.com
	APIVersion      string // Azure only; "" = 2024-10-21
	APIKey          askwire.Secret
	Model           string        // Azure: the deployment's name
	Timeout         time.Duration // of one call with its retries; 0 = 30 s
	MaxTokensField  string        // auto | max_tokens | max_completion_tokens; "" = auto
	EmbeddingsModel string        // "" = none
	Temperature     string        // auto | off | a number; "" = auto, which is 0 where the model takes it
	ReasoningEffort string        // "" = not sent
	CallsPerMinute  int           // 0 = no limit
	Price           Price
}

// Price is per million tokens.
type Price struct{ Input, Output float64 }

// Model calls one model of one server. It is safe for concurrent use.
type Model struct {
	cfg     Config
	client  *goopenai.Client
	http    *http.Client
	limiter *rate.Limiter
	sleep   func(ctx context.Context, d time.Duration) error

	// What the server takes, as far as it is known.
	mu    sync.Mutex
	takes shape

	temperature float32
}

var _ nl.Model = (*Model)(nil)

// shape is the form of a request.
type shape struct {
	format        int  // formatSchema, formatObject or formatText
	newField      bool // max_completion_tokens instead of max_tokens
	fieldSwitched bool // both were tried
	noTemperature bool
}

const (
	formatSchema = iota
	formatObject
	formatText
)

const (
	openAIBase   = "https://api.openai.com/v1"
	azureVersion = "2024-10-21" // the first general version with JSON schemas
)

// New checks the configuration. It does not connect.
func New(c Config) (*Model, error) {
	bad := func(hint, format string, args ...any) (*Model, error) {
		return nil, askwire.Errorf(askwire.WrongValue, "Model %q: "+format+".", append([]any{c.Name}, args...)...).WithHint("%s", hint)
	}
	if c.BaseURL == "" && c.Provider == "openai" {
		c.BaseURL = openAIBase
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.APIVersion == "" {
		c.APIVersion = azureVersion
	}
	u, err := url.Parse(c.BaseURL)
	switch {
	case c.Provider != "openai" && c.Provider != "azure":
		return bad(`Write "openai", "azure" or "offline".`, "the provider %q is not known", c.Provider)
	case c.Model == "":
		return bad("Write the model's name as the server lists it; for Azure the deployment's.", "model is empty")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return bad(`Write it as "http://127.0.0.1:11434/v1".`, "base_url is not an http or https URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return bad("Put the key into api_key.", "base_url holds a user, a query or a fragment")
	case c.APIKey.Reveal() == "" && (c.Provider == "azure" || u.Host == "api.openai.com"):
		return bad("Set the variable that api_key names.", "api_key is empty")
	}
	m := &Model{cfg: c, http: newHTTPClient(), sleep: sleep}

	reasoning := isReasoning(c.Model)
	switch c.MaxTokensField {
	case "", "auto":
		m.takes.newField = reasoning || u.Host == "api.openai.com"
	case "max_tokens":
		if reasoning {
			return bad(`Set max_tokens_field = "auto".`, "%s does not take max_tokens", c.Model)
		}
	case "max_completion_tokens":
		m.takes.newField = true
	default:
		return bad(`Write "auto", "max_tokens" or "max_completion_tokens".`, "max_tokens_field %q is not known", c.MaxTokensField)
	}
	switch c.Temperature {
	case "", "auto":
		m.takes.noTemperature = reasoning
	case "off":
		m.takes.noTemperature = true
	default:
		t, err := strconv.ParseFloat(c.Temperature, 32)
		if err != nil || t < 0 || t > 2 {
			return bad(`Write "auto", "off" or a number from 0 to 2.`, "temperature %q is not known", c.Temperature)
		}
		if reasoning && t != 1 {
			return bad(`Set temperature = "off".`, "%s takes no temperature", c.Model)
		}
		m.temperature = float32(t)
	}
	if m.temperature == 0 {
		m.temperature = math.SmallestNonzeroFloat32 // a plain 0 is left out by the client
	}
	if n := c.CallsPerMinute; n > 0 {
		m.limiter = rate.NewLimiter(rate.Limit(float64(n)/60), max(1, n/10))
	}

	cfg := goopenai.DefaultConfig(c.APIKey.Reveal())
	cfg.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.Provider == "azure" {
		cfg = goopenai.DefaultAzureConfig(c.APIKey.Reveal(), strings.TrimRight(c.BaseURL, "/"))
		cfg.APIVersion = c.APIVersion
		cfg.AzureModelMapperFunc = func(model string) string { return url.PathEscape(model) }
	}
	cfg.HTTPClient = m.http
	m.client = goopenai.NewClientWithConfig(cfg)
	return m, nil
}

// Close drops idle connections.
func (m *Model) Close() { m.http.CloseIdleConnections() }

// isReasoning goes by the name. These models refuse max_tokens and temperatures; deployments with names of their own are
// found out by their error. The client itself refuses names that begin like this, chat models among them, so they count;
// behind a gateway's prefix such as "openai/" it does not look, and chat models keep their temperature.
func isReasoning(model string) bool {
	slash := strings.LastIndexByte(model, '/')
	name := model[slash+1:]
	for _, p := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(name, p) {
			return slash < 0 || !strings.Contains(name, "chat")
		}
	}
	return false
}

// request builds the wire form for what the server is known to take.
func (m *Model) request(r nl.Request, sh shape) goopenai.ChatCompletionRequest {
	req := goopenai.ChatCompletionRequest{Model: m.cfg.Model, ReasoningEffort: m.cfg.ReasoningEffort}
	for _, msg := range r.Messages {
		req.Messages = append(req.Messages, goopenai.ChatCompletionMessage{Role: string(msg.Role), Content: msg.Text})
	}
	if n := r.MaxTokens; n > 0 {
		if isReasoning(m.cfg.Model) {
			n += thinkingTokens
		}
		if sh.newField {
			req.MaxCompletionTokens = n
		} else {
			req.MaxTokens = n //nolint:staticcheck // servers other than OpenAI's know no other field
		}
	}
	if !sh.noTemperature {
		req.Temperature = m.temperature
		if r.Varied {
			req.Temperature = max(m.temperature, variedTemperature)
		}
	}
	if r.Schema != nil {
		switch sh.format {
		case formatSchema:
			req.ResponseFormat = &goopenai.ChatCompletionResponseFormat{
				Type:       goopenai.ChatCompletionResponseFormatTypeJSONSchema,
				JSONSchema: &goopenai.ChatCompletionResponseFormatJSONSchema{Name: "answer", Schema: r.Schema, Strict: true},
			}
		case formatObject:
			req.ResponseFormat = &goopenai.ChatCompletionResponseFormat{Type: goopenai.ChatCompletionResponseFormatTypeJSONObject}
		}
	}
	return req
}

// variedTemperature makes candidates differ; at 0 they would all be one.
const variedTemperature = 0.7

// thinkingTokens is what a reasoning model may spend beside its answer: the limit covers both.
const thinkingTokens = 12000

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
