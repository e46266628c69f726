package openai

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds what is read of one answer; a chat completion is a few kilobytes.
const maxBody = 4 << 20

// exchange is what came over the wire for one call. The client shows neither the status of a success nor the headers of an
// error, so the transport keeps them.
type exchange struct {
	status   int
	header   http.Header
	body     []byte
	tooLarge bool
}

type exchangeKey struct{}

func withExchange(ctx context.Context, ex *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, ex)
}

// transport reads every answer whole, within maxBody, before the client sees it.
type transport struct{ next http.RoundTripper }

var errTooLarge = errors.New("the answer is larger than 4 MiB")

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	_ = resp.Body.Close() // what was to be read has been read
	ex, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if ex == nil {
		ex = &exchange{}
	}
	if err != nil {
		return nil, err // cut off in the middle: a broken connection
	}
	ex.status, ex.header = resp.StatusCode, resp.Header
	if len(body) > maxBody {
		ex.tooLarge = true
		return nil, errTooLarge
	}
	ex.body = body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

func (t transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Transport: transport{&http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    16,
			MaxConnsPerHost:        256,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		}},
		// A redirect would take the key elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// html reports whether the answer is a web page: a login form, a gateway's error, the wrong port.
func (ex *exchange) html() bool {
	return strings.HasPrefix(ex.header.Get("Content-Type"), "text/html") || bytes.HasPrefix(bytes.TrimSpace(ex.body), []byte("<"))
}

func (ex *exchange) excerpt() string {
	return strings.ToValidUTF8(string(ex.body[:min(len(ex.body), 300)]), "?")
}

// retryAfter reads retry-after-ms and Retry-After (seconds or a date); 0 when there is none that makes sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e8 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e5 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// permanent are connection errors that another try will not cure.
func permanent(err error) bool {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		dns      *net.DNSError
	)
	return errors.As(err, &unknown) || errors.As(err, &hostname) || errors.As(err, &invalid) || errors.As(err, &dns) && dns.IsNotFound
}
