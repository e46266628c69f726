package wire

import (
	"errors"
	"fmt"
	"testing"

	"github.com/askwire/askwire"
)

func TestErrorTableIsComplete(t *testing.T) {
	for _, code := range askwire.Codes() {
		e, ok := errPackets[code]
		if !ok {
			t.Errorf("code %d has no error number", code)
			continue
		}
		if e.number == 0 || len(e.state) != 5 {
			t.Errorf("code %d: number %d, SQLSTATE %q", code, e.number, e.state)
		}
		if e.number == 1105 && code != askwire.Internal {
			t.Errorf("code %d is understood and must not be 1105", code)
		}
	}
	if len(errPackets) != len(askwire.Codes()) {
		t.Errorf("%d entries for %d codes", len(errPackets), len(askwire.Codes()))
	}
}

func TestErrorNumber(t *testing.T) {
	quota := askwire.Errorf(askwire.QuotaExceeded, "No questions are left today.").WithHint("Ask again tomorrow.")
	denied := askwire.Errorf(askwire.TableDenied, "No.")
	for _, tc := range []struct {
		name       string
		err        error
		compatible bool
		want       string
	}{
		{"Own", quota, false, "50304 HY000 No questions are left today. Ask again tomorrow."},
		{"OwnCompatible", quota, true, "1064 42000 No questions are left today. Ask again tomorrow."},
		{"MySQLCompatible", denied, true, "1142 42000 No."},
		{"Wrapped", fmt.Errorf("relay: %w", denied), false, "1142 42000 No."},
		{"Backend", fmt.Errorf("run: %w", &ServerError{1146, "42S02", "Table 'a.b' doesn't exist"}), true,
			"1146 42S02 Table 'a.b' doesn't exist"},
		{"Unknown", errors.New("secret path"), false,
			"1105 HY000 An internal error of askwire. Tell the operator the time; the log has the cause."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, state, message := ErrorNumber(tc.err, tc.compatible)
			if got := fmt.Sprintf("%d %s %s", n, state, message); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// A login of the proxy at the backend that fails must not look like an answer of the backend to the client's statement.
func TestUnavailableHidesTheServersError(t *testing.T) {
	err := unavailable(&BackendConfig{Name: "main"}, Address{"tcp", "db:3306"}, &ServerError{1045, "28000", "Access denied for 'svc'"})
	if n, _, message := ErrorNumber(err, false); n != 50309 || message != `The backend "main" cannot be reached. Try again later, or tell the operator.` {
		t.Errorf("got %d %s", n, message)
	}
}
