package guard_test

import (
	"testing"

	"github.com/askwire/askwire/guard"
)

func TestControlValue(t *testing.T) {
	for expr, want := range map[string]string{
		"@@version": "SELECT @@version", "@@session.sql_mode": "SELECT @@session.sql_mode", "@@global.wait_timeout": "SELECT @@global.wait_timeout",
		"version()": "SELECT version()", "current_user": "SELECT current_user", "@int": "SELECT @askwire_int", "@null": "SELECT @askwire_null",
		"@unset": "SELECT @askwire",
	} {
		if list, ok := guard.ControlValue(expr); !ok || list[len(list)-1].Text() != want || !list[0].Valid() {
			t.Errorf("%s: %v, %v", expr, list, ok)
		}
	}
	for _, expr := range []string{"", "@", "@@", "@@session.", "@@a b", "@@a;b", "@@a.b", "@@session.global.a", "@@global.a.b", "@@A", "@@é", "@x", "sleep(1)", "version(), 1", "user"} {
		if list, ok := guard.ControlValue(expr); ok || list != nil {
			t.Errorf("%q is taken: %v", expr, list)
		}
	}
}
