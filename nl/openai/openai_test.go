package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/nl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Answers as the servers send them.
const (
	openAIAnswer = `{"id":"chatcmpl-B1","object":"chat.completion","created":1741569952,"model":"gpt-4.1-mini-2025-04-14","choices":[{"index":0,"message":{"role":"assistant","content":"{\"sql\":\"SELECT 1\"}","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}`
	azureAnswer  = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"finish_reason":"stop","index":0,"logprobs":null,"message":{"content":"{\"sql\":\"SELECT 1\"}","refusal":null,"role":"assistant"}}],"created":1741569952,"id":"chatcmpl-B2","model":"gpt-4o-2024-11-20","object":"chat.completion","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"system_fingerprint":"fp_2","usage":{"completion_tokens":10,"prompt_tokens":19,"total_tokens":29}}`
	ollamaAnswer = `{"id":"chatcmpl-512","object":"chat.completion","created":1741569952,"model":"qwen2.5-coder:7b","system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":"{\"sql\":\"SELECT 1\"}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29}}
`
	vllmAnswer  = `{"id":"chatcmpl-9f","object":"chat.completion","created":1741569952,"model":"Qwen/Qwen2.5-7B-Instruct","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":null,"content":"{\"sql\":\"SELECT 1\"}","tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":19,"total_tokens":29,"completion_tokens":10,"prompt_tokens_details":null},"prompt_logprobs":null}`
	llamaAnswer = `{"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"{\"sql\":\"SELECT 1\"}"}}],"created":1741569952,"model":"gpt-3.5-turbo","system_fingerprint":"b4800-1","object":"chat.completion","usage":{"completion_tokens":10,"prompt_tokens":19,"total_tokens":29},"id":"chatcmpl-x","timings":{"prompt_n":19,"prompt_ms":1.0}}`

	openAIError = `{"error":{"message":"Rate limit reached for gpt-4.1-mini in organization org-SECRET","type":"requests","param":null,"code":"rate_limit_exceeded"}}`
	quotaError  = `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`
	keyError    = `{"error":{"message":"Incorrect API key provided: sk-SECRET.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`
	tokenError  = `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`
	tempError   = `{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`
	schemaError = `{"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.","type":"invalid_request_error","param":"response_format","code":null}}`
	vllmError   = `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.","type":"BadRequestError","param":null,"code":400}`
	ollamaError = `{"error":"model 'x' not found"}`
)

type reply struct {
	status int
	header map[string]string
	body   string
}

// server plays replies in order and keeps the requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	replies  []reply
	requests []map[string]any
	paths    []string
	headers  []http.Header
}

func serve(t *testing.T, replies ...reply) *server {
	t.Helper()
	s := &server{replies: replies}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var body map[string]any
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		n := len(s.requests)
		s.requests, s.paths, s.headers = append(s.requests, body), append(s.paths, r.URL.String()), append(s.headers, r.Header)
		if n >= len(s.replies) {
			t.Errorf("request %d was not expected", n+1)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		rep := s.replies[n]
		w.Header().Set("Content-Type", "application/json")
		for k, v := range rep.header {
			w.Header().Set(k, v)
		}
		if rep.status == 0 {
			rep.status = http.StatusOK
		}
		w.WriteHeader(rep.status)
		if _, err := io.WriteString(w, rep.body); err != nil && len(rep.body) < maxBody {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// model calls the server without waiting between tries; waits holds how long it would have.
func model(t *testing.T, url string, change ...func(*Config)) (m *Model, waits *[]time.Duration) {
	t.Helper()
	c := Config{Name: "default", Provider: "openai", BaseURL: url + "/v1", APIKey: askwire.NewSecret("sk-SECRET"), Model: "some-model", Timeout: time.Minute}
	for _, f := range change {
		f(&c)
	}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	waits = new([]time.Duration)
	m.sleep = func(ctx context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return ctx.Err()
	}
	return m, waits
}

var (
	schema  = json.RawMessage(`{"type":"object"}`)
	request = nl.Request{Stage: askwire.StageSQL, Messages: []nl.Message{{Role: nl.System, Text: "JSON please"}, {Role: nl.User, Text: "q"}}, Schema: schema, MaxTokens: 100}
)

func TestCompleteOnEveryServer(t *testing.T) {
	cases := []struct {
		name, body, path string
		change           func(*Config)
	}{
		{"OpenAI", openAIAnswer, "/v1/chat/completions", func(*Config) {}},
		{"Azure", azureAnswer, "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21", func(c *Config) {
			c.Provider, c.Model = "azure", "my-gpt"
			c.BaseURL = strings.TrimSuffix(c.BaseURL, "/v1")
		}},
		{"Ollama", ollamaAnswer, "/v1/chat/completions", func(c *Config) { c.APIKey = askwire.Secret{} }},
		{"VLLM", vllmAnswer, "/v1/chat/completions", func(c *Config) { c.BaseURL += "/" }},
		{"LlamaCpp", llamaAnswer, "/v1/chat/completions", func(*Config) {}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, reply{body: c.body})
			m, _ := model(t, s.URL, c.change, func(c *Config) { c.Price = Price{Input: 2, Output: 8} })
			r, err := m.Complete(context.Background(), request)
			if err != nil {
				t.Fatal(err)
			}
			if r.Text != `{"sql":"SELECT 1"}` || r.Tokens != (askwire.Tokens{Input: 19, Output: 10}) || r.Cut || r.Refused != "" {
				t.Errorf("got %+v", r)
			}
			if want := (19*2.0 + 10*8.0) / 1e6; r.Cost != want {
				t.Errorf("cost %v, want %v", r.Cost, want)
			}
			if s.paths[0] != c.path {
				t.Errorf("path %s, want %s", s.paths[0], c.path)
			}
			key := s.headers[0].Get("Authorization") + s.headers[0].Get("Api-Key")
			if want := map[string]string{"Azure": "sk-SECRET", "Ollama": ""}; c.name == "Azure" && key != want["Azure"] || c.name == "Ollama" && key != "" {
				t.Errorf("key %q", key)
			}
		})
	}
}

func TestRequestForm(t *testing.T) {
	cases := []struct {
		name   string
		change func(*Config)
		want   map[string]any // nil value = absent
	}{
		{"Default", func(*Config) {}, map[string]any{"max_tokens": 100.0, "max_completion_tokens": nil, "reasoning_effort": nil, "stream": false}},
		{"Reasoning", func(c *Config) { c.Model, c.ReasoningEffort = "gpt-5-mini", "low" }, map[string]any{"max_tokens": nil, "max_completion_tokens": 12100.0, "temperature": nil, "reasoning_effort": "low"}},
		{"ReasoningBehindAGateway", func(c *Config) { c.Model = "openai/o3-mini" }, map[string]any{"max_tokens": nil, "max_completion_tokens": 12100.0, "temperature": nil}},
		{"NameThatTheClientRefuses", func(c *Config) { c.Model = "gpt-5-chat-latest" }, map[string]any{"max_tokens": nil, "temperature": nil}},
		{"ChatModelOfAReasoningFamily", func(c *Config) { c.Model = "openai/gpt-5-chat" }, map[string]any{"max_tokens": 100.0}},
		{"FieldForced", func(c *Config) { c.MaxTokensField = "max_completion_tokens" }, map[string]any{"max_tokens": nil, "max_completion_tokens": 100.0}},
		{"TemperatureOff", func(c *Config) { c.Temperature = "off" }, map[string]any{"temperature": nil}},
		{"TemperatureNumber", func(c *Config) { c.Temperature = "0.5" }, map[string]any{"temperature": 0.5}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, reply{body: openAIAnswer})
			m, _ := model(t, s.URL, c.change)
			if _, err := m.Complete(context.Background(), request); err != nil {
				t.Fatal(err)
			}
			for k, want := range c.want {
				if got := s.requests[0][k]; got != want {
					t.Errorf("%s = %v, want %v", k, got, want)
				}
			}
			if temp, sent := s.requests[0]["temperature"].(float64); c.name == "Default" && (!sent || temp <= 0 || temp > 1e-6) {
				t.Errorf("temperature %v does not mean 0", s.requests[0]["temperature"])
			}
			format, _ := s.requests[0]["response_format"].(map[string]any)
			if inner, _ := format["json_schema"].(map[string]any); format["type"] != "json_schema" || inner["strict"] != true || inner["schema"] == nil {
				t.Errorf("response_format %v", format)
			}
		})
	}
}

func TestFallbackIsRemembered(t *testing.T) {
	cases := []struct {
		name    string
		replies []reply
		check   func(last map[string]any) bool
	}{
		{"SchemaToObject", []reply{{400, nil, schemaError}}, func(r map[string]any) bool {
			f, _ := r["response_format"].(map[string]any)
			return f["type"] == "json_object"
		}},
		{"SchemaToText", []reply{{400, nil, schemaError}, {400, nil, schemaError}}, func(r map[string]any) bool { return r["response_format"] == nil }},
		{"UnnamedReason", []reply{{422, nil, `{"detail":[{"msg":"extra fields not permitted"}]}`}}, func(r map[string]any) bool {
			f, _ := r["response_format"].(map[string]any)
			return f["type"] == "json_object"
		}},
		{"GrammarFails", []reply{{500, nil, `{"error":{"code":500,"message":"Failed to parse grammar","type":"server_error"}}`}}, func(r map[string]any) bool {
			f, _ := r["response_format"].(map[string]any)
			return f["type"] == "json_object"
		}},
		{"TokenField", []reply{{400, nil, tokenError}}, func(r map[string]any) bool { return r["max_tokens"] == nil && r["max_completion_tokens"] == 100.0 }},
		{"Temperature", []reply{{400, nil, tempError}}, func(r map[string]any) bool { _, sent := r["temperature"]; return !sent }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, append(c.replies, reply{body: openAIAnswer}, reply{body: openAIAnswer})...)
			m, waits := model(t, s.URL)
			for range 2 {
				if _, err := m.Complete(context.Background(), request); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(s.requests); n != len(c.replies)+2 || len(*waits) != 0 {
				t.Errorf("%d requests, %d waits", n, len(*waits))
			}
			if last := s.requests[len(s.requests)-1]; !c.check(last) {
				t.Errorf("last request %v", last)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	cases := []struct {
		name    string
		replies []reply
		waits   []time.Duration // 0 = any between 250 ms and 12 s
	}{
		{"429", []reply{{429, nil, openAIError}}, []time.Duration{0}},
		{"RetryAfterSeconds", []reply{{429, map[string]string{"Retry-After": "7"}, openAIError}}, []time.Duration{7 * time.Second}},
		{"RetryAfterMilliseconds", []reply{{429, map[string]string{"Retry-After-Ms": "1500", "Retry-After": "2"}, openAIError}}, []time.Duration{1500 * time.Millisecond}},
		{"500", []reply{{500, nil, "oops"}}, []time.Duration{0}},
		{"502WebPage", []reply{{502, map[string]string{"Content-Type": "text/html"}, "<html>Bad gateway</html>"}}, []time.Duration{0}},
		{"408And409", []reply{{408, nil, ""}, {409, nil, ""}}, []time.Duration{0, 0}},
		{"NoChoices", []reply{{200, nil, `{"id":"x","object":"chat.completion","choices":[]}`}}, []time.Duration{0}},
		{"ErrorInside200", []reply{{200, nil, `{"error":{"message":"Provider returned error","code":502}}`}}, []time.Duration{0}},
		{"ThreeTimes", []reply{{503, nil, ""}, {503, nil, ""}, {503, nil, ""}}, []time.Duration{0, 0, 0}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, append(c.replies, reply{body: openAIAnswer})...)
			m, waits := model(t, s.URL)
			r, err := m.Complete(context.Background(), request)
			if err != nil || r.Text == "" {
				t.Fatalf("%+v, %v", r, err)
			}
			if len(*waits) != len(c.waits) {
				t.Fatalf("waits %v", *waits)
			}
			for i, w := range *waits {
				if c.waits[i] != 0 && w != c.waits[i] || c.waits[i] == 0 && (w < 250*time.Millisecond || w > 12*time.Second) {
					t.Errorf("wait %d is %v, want %v", i, w, c.waits[i])
				}
			}
		})
	}
}

func TestFailures(t *testing.T) {
	big := `{"choices":[{"message":{"content":"` + strings.Repeat("x", maxBody) + `"}}]}`
	cases := []struct {
		name    string
		replies []reply
		says    string
	}{
		{"Key", []reply{{401, nil, keyError}}, "refuses the API key"},
		{"NotFound", []reply{{404, nil, ollamaError}}, "is not found"},
		{"NoMoney", []reply{{429, nil, quotaError}}, "provider's quota"},
		{"429ForEver", []reply{{429, nil, openAIError}, {429, nil, openAIError}, {429, nil, openAIError}, {429, nil, openAIError}}, "asked too often"},
		{"RetryAfterTooLong", []reply{{429, map[string]string{"Retry-After": "3600"}, openAIError}}, "asked too often"},
		{"ContextLength", []reply{{400, nil, vllmError}}, "prompt of this length"},
		{"BadRequestThrice", []reply{{400, nil, "{}"}, {400, nil, "{}"}, {400, nil, "{}"}}, "does not accept the request"},
		{"WebPage", []reply{{200, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<!doctype html><title>Log in</title>"}}, "web page"},
		{"NoJSON", []reply{{200, nil, "hello"}}, "no chat completion"},
		{"CutJSON", []reply{{200, nil, openAIAnswer[:100]}}, "no chat completion"},
		{"Empty", []reply{{200, nil, ""}}, "no chat completion"},
		{"OllamaErrorInside200", []reply{{200, nil, ollamaError}}, "answered with an error"},
		{"VLLMErrorInside200", []reply{{200, nil, vllmError}}, "answered with an error"},
		{"Redirect", []reply{{302, map[string]string{"Location": "https://evil.example/"}, ""}}, "redirect"},
		{"TooLarge", []reply{{200, nil, big}}, "more than askwire reads"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.replies...)
			m, _ := model(t, s.URL)
			_, err := m.Complete(context.Background(), request)
			if askwire.CodeOf(err) != askwire.ModelUnavailable || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), s.URL) {
				t.Errorf("the client sees too much: %v", err)
			}
			if len(s.requests) != len(c.replies) {
				t.Errorf("%d requests", len(s.requests))
			}
		})
	}
}

func TestAnswerForms(t *testing.T) {
	choice := func(message, finish string) string {
		return fmt.Sprintf(`{"choices":[{"index":0,"message":%s,"finish_reason":%q}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`, message, finish)
	}
	cases := []struct {
		name, body string
		want       nl.Response
	}{
		{"Cut", choice(`{"role":"assistant","content":"SELECT"}`, "length"), nl.Response{Text: "SELECT", Cut: true}},
		{"OnlyThought", choice(`{"role":"assistant","content":null,"reasoning_content":"hm"}`, "stop"), nl.Response{}},
		{"ThoughtUntilTheLimit", choice(`{"role":"assistant","content":null,"reasoning_content":"hm"}`, "length"), nl.Response{Cut: true}},
		{"Refusal", choice(`{"role":"assistant","content":null,"refusal":"I can't help."}`, "stop"), nl.Response{Refused: "I can't help."}},
		{"ContentFilter", choice(`{"role":"assistant","content":""}`, "content_filter"), nl.Response{Refused: "the provider's content filter stopped the answer"}},
		{"Parts", choice(`{"role":"assistant","content":[{"type":"text","text":"SELECT "},{"type":"text","text":"1"}]}`, "stop"), nl.Response{Text: "SELECT 1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, _ := model(t, serve(t, reply{body: c.body}).URL)
			got, err := m.Complete(context.Background(), request)
			if err != nil {
				t.Fatal(err)
			}
			c.want.Tokens = askwire.Tokens{Input: 1, Output: 2}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	t.Run("NoUsage", func(t *testing.T) {
		m, _ := model(t, serve(t, reply{body: `{"choices":[{"message":{"content":"SELECT 1"}}]}`}).URL)
		got, err := m.Complete(context.Background(), request)
		if err != nil || got.Tokens.Input == 0 || got.Tokens.Output == 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestUnreachable(t *testing.T) {
	m, waits := model(t, "http://127.0.0.1:1") // a port that was free is somebody else's in a moment
	_, err := m.Complete(context.Background(), request)
	if askwire.CodeOf(err) != askwire.ModelUnavailable || !strings.Contains(err.Error(), "cannot be reached") || len(*waits) != maxTries-1 {
		t.Errorf("%v after %d waits", err, len(*waits))
	}
}

// hanging is a server that answers only when its client leaves.
func hanging(t *testing.T) (url string, asked chan struct{}) {
	asked = make(chan struct{}, 16)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server notices that a client left only after it has read the body
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestTimeout(t *testing.T) {
	url, _ := hanging(t)
	m, _ := model(t, url, func(c *Config) { c.Timeout = 20 * time.Millisecond })
	_, err := m.Complete(context.Background(), request)
	if askwire.CodeOf(err) != askwire.ModelUnavailable || !strings.Contains(err.Error(), "did not answer within 20ms") {
		t.Errorf("got %v", err)
	}
}

func TestClientGone(t *testing.T) {
	url, asked := hanging(t)
	m, _ := model(t, url)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := m.Complete(ctx, request); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCallsPerMinute(t *testing.T) {
	s := serve(t, reply{body: openAIAnswer})
	m, _ := model(t, s.URL, func(c *Config) { c.CallsPerMinute, c.Timeout = 1, 30*time.Second })
	if _, err := m.Complete(context.Background(), request); err != nil {
		t.Fatal(err)
	}
	_, err := m.Complete(context.Background(), request)
	if askwire.CodeOf(err) != askwire.ModelUnavailable || !strings.Contains(err.Error(), "no call left") {
		t.Errorf("got %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	cases := []struct {
		name, says string
		change     func(*Config)
	}{
		{"Provider", "provider", func(c *Config) { c.Provider = "bard" }},
		{"NoModel", "model is empty", func(c *Config) { c.Model = "" }},
		{"NoURL", "base_url", func(c *Config) { c.BaseURL = "127.0.0.1:11434" }},
		{"Scheme", "base_url", func(c *Config) { c.BaseURL = "file:///etc/passwd" }},
		{"KeyInURL", "base_url holds", func(c *Config) { c.BaseURL = "https://user:sk@host/v1" }},
		{"NoKey", "api_key is empty", func(c *Config) { c.BaseURL, c.APIKey = "", askwire.Secret{} }},
		{"AzureNoKey", "api_key is empty", func(c *Config) { c.Provider, c.APIKey = "azure", askwire.Secret{} }},
		{"Field", "max_tokens_field", func(c *Config) { c.MaxTokensField = "tokens" }},
		{"FieldOfReasoning", "does not take max_tokens", func(c *Config) { c.Model, c.MaxTokensField = "o3", "max_tokens" }},
		{"Temperature", "temperature", func(c *Config) { c.Temperature = "hot" }},
		{"TemperatureOfReasoning", "takes no temperature", func(c *Config) { c.Model, c.Temperature = "gpt-5", "0.2" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := Config{Name: "default", Provider: "openai", BaseURL: "http://127.0.0.1:1/v1", APIKey: askwire.NewSecret("sk-SECRET"), Model: "m"}
			c.change(&cfg)
			_, err := New(cfg)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{"": 0, "3": 3 * time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "x": 0, now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []string{openAIAnswer, azureAnswer, ollamaAnswer, vllmAnswer, openAIError, vllmError, ollamaError, "<html>", ""} {
		f.Add(200, s)
		f.Add(400, s)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		ex := &exchange{status: status, body: []byte(body), header: http.Header{}}
		m := &Model{cfg: Config{Name: "m"}}
		fail := m.failed(ex, errors.New("decode"))
		if fail == nil && ex.status != 0 || fail != nil && askwire.CodeOf(fail.err) != askwire.ModelUnavailable {
			t.Errorf("%d %q: %+v", status, body, fail)
		}
	})
}
