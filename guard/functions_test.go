package guard

import (
	"sort"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestFunctionList: the list is well formed, and what it allows is known to the parser under that name.
func TestFunctionList(t *testing.T) {
	for _, line := range strings.Split(functionList, "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "allow" && (len(f) == 2 || len(f) == 3 && strings.Trim(f[2], "mat") == ""):
		case f[0] == "deny" && len(f) > 3:
		default:
			t.Errorf("bad line %q", line)
		}
		if len(f) > 1 && f[1] != strings.ToLower(f[1]) && f[0] != "#" {
			t.Errorf("%q is not in lower case", f[1])
		}
	}
	for _, fam := range []askwire.Family{askwire.MariaDB, askwire.MySQL, askwire.TiDB} {
		g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(fam)), Session: Session{Database: "shop"}}
		for name, f := range functions {
			if name == "interval" || !f.hasEngine(fam) && f.denied == "" {
				continue
			}
			_, err := g.Check("SELECT " + f.printed + "(id, 1) FROM orders")
			if denied := askwire.CodeOf(err) == askwire.FunctionDenied; f.denied == "" && denied {
				t.Errorf("%s: %s is on the list and denied: %v", fam, name, err)
			} else if f.denied != "" && err == nil {
				t.Errorf("%s: %s is admitted against the list", fam, name)
			}
		}
	}
	list := Functions()
	if len(list) != len(functions) || !sort.SliceIsSorted(list, func(i, j int) bool { return list[i].Name < list[j].Name }) {
		t.Errorf("Functions lists %d of %d, or not in order", len(list), len(functions))
	}
}

// TestFunctionsExist asks every server for every allowed function: the engines in the list are those that have it.
func TestFunctionsExist(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		conn := pinned(t, s, "")
		for name, f := range functions {
			if f.denied != "" || sessionFunctions[name] || name == "json_memberof" || name == "char_func" {
				continue
			}
			if s.Kind == engine.MariaDB && (strings.HasPrefix(name, "vec_") || name == "json_schema_valid") {
				continue // since 11.7 and 11.1
			}
			if s.Family == askwire.MySQL && (name == "md5" || strings.TrimSuffix(name, "1") == "sha") {
				continue // a component since 9.6
			}
			if name == "point" || name == "linestring" || name == "polygon" {
				continue // MariaDB's grammar, which wants arguments
			}
			_, err := query(t.Context(), conn, "SELECT "+f.printed+"()")
			missing := false
			switch errorNumber(err) {
			case 1305, 1046, 1630, 1128, 4161:
				missing = true
			}
			if want := f.hasEngine(s.Family); want == missing {
				t.Errorf("%s: in the list %v, on the server: %v", name, want, err)
			}
		}
	})
}
