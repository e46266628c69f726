package guard_test

import (
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

func TestControlNames(t *testing.T) {
	for collation, want := range map[string]string{
		"":                   "SET NAMES utf8mb4",
		"utf8mb4_unicode_ci": "SET NAMES utf8mb4 COLLATE 'utf8mb4_unicode_ci'",
		"utf8mb3_bin":        "SET NAMES utf8mb3 COLLATE 'utf8mb3_bin'",
	} {
		if st, err := guard.ControlNames(collation, false); err != nil || st.Text() != want {
			t.Errorf("%q: %q, %v", collation, st.Text(), err)
		}
	}
	if st, err := guard.ControlNames("", true); err != nil || st.Text() != "SET NAMES utf8mb4, character_set_results = NULL" {
		t.Errorf("raw: %q, %v", st.Text(), err)
	}
	for _, collation := range []string{"latin1_swedish_ci", "utf8mb4_x' OR '", "utf8mb4_é", "utf8_bin; KILL 1"} {
		if st, err := guard.ControlNames(collation, false); askwire.CodeOf(err) != askwire.UnknownCollation || st.Valid() {
			t.Errorf("%q is taken: %q, %v", collation, st.Text(), err)
		}
	}
}
