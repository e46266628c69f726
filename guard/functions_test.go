package guard

import (
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestFunctionList compares functions.txt with a second list, and asks the gate for every entry on every server: what is
// allowed is admitted, what is denied is refused with its reason, and what the server does not have is refused.
func TestFunctionList(t *testing.T) {
	b, err := os.ReadFile("testdata/functions.golden")
	if err != nil {
		t.Fatal(err)
	}
	golden := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if name, rest, ok := strings.Cut(line, " "); ok && name != "#" {
			golden[name] = rest
		}
	}
	verbs := map[functionKind]string{scalarFunction: "allow", aggregateFunction: "aggregate", windowFunction: "window", sessionFunction: "session",
		distanceFunction: "distance", vectorFunction: "vector"}
	for name, f := range functions {
		verb := verbs[f.kind]
		if f.denied != "" {
			verb = "deny"
		}
		if golden[name] != verb+" "+f.engines || name != strings.ToLower(name) {
			t.Errorf("%s is %s %s, and in testdata/functions.golden %q", name, verb, f.engines, golden[name])
		}
		delete(golden, name)
	}
	for name := range golden {
		t.Errorf("functions.txt has no %s", name)
	}
	if t.Failed() {
		return
	}
	for _, fam := range []askwire.Family{askwire.MariaDB, askwire.MySQL, askwire.TiDB} {
		g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(fam)), Session: Session{Database: "shop"}}
		for name, f := range functions {
			_, err := g.Check(callOf(name, f))
			if f.kind == vectorFunction { // within a distance only, and MySQL's servers have none
				distance := map[askwire.Family]string{askwire.MariaDB: "VEC_DISTANCE(", askwire.TiDB: "VEC_L2_DISTANCE("}[fam]
				if err == nil {
					t.Errorf("%s: %s is admitted outside of a distance", fam, name)
				}
				if _, err := g.Check("SELECT " + distance + f.printed + "(status), 1) FROM orders"); distance != "" && f.hasEngine(fam) && err != nil {
					t.Errorf("%s: %s within a distance: %v", fam, name, err)
				}
				continue
			}
			switch {
			case f.denied == "" && f.kind != sessionFunction && f.hasEngine(fam):
				if err != nil {
					t.Errorf("%s: %s is on the list and refused: %v", fam, name, err)
				}
			case err == nil:
				t.Errorf("%s: %s is admitted against the list", fam, name)
			case f.denied != "" && !grammar[name] && !strings.Contains(err.Error(), f.denied):
				t.Errorf("%s: %s is refused without its reason: %v", fam, name, err)
			}
		}
	}
	list := Functions()
	if len(list) != len(functions) || !sort.SliceIsSorted(list, func(i, j int) bool { return list[i].Name < list[j].Name }) {
		t.Errorf("Functions lists %d of %d, or not in order", len(list), len(functions))
	}
}

// grammar is refused by what it is, before it is looked for on the list.
var grammar = map[string]bool{"values": true, "default": true, "json_table": true}

// callOf is a statement that calls the function, in the form that the grammar wants.
func callOf(name string, f function) string {
	args := "(id, 1)"
	switch name {
	case "adddate", "subdate", "date_add", "date_sub":
		args = "(status, INTERVAL 1 DAY)"
	case "timestampadd", "timestampdiff":
		args = "(DAY, status, status)"
	case "extract":
		args = "(DAY FROM status)"
	case "get_format":
		args = "(DATE, 'ISO')"
	case "trim":
		args = "(status)"
	case "position":
		args = "(status IN status)"
	case "json_memberof":
		return "SELECT 1 MEMBER OF ('[1]') FROM orders"
	case "weight_string", "values", "password", "ascii", "bin_to_uuid", "char_length", "count", "sum", "avg", "min", "max", "bit_and", "bit_or", "bit_xor",
		"var_pop", "var_samp", "stddev_pop", "stddev_samp", "variance", "std", "stddev", "json_arrayagg", "group_concat", "date", "day", "hour", "minute",
		"month", "second", "quarter", "microsecond", "ntile", "first_value", "last_value", "lag", "lead", "time", "timestamp", "year", "default", "charset",
		"nextval", "lastval":
		args = "(id)"
	case "row_number", "rank", "dense_rank", "cume_dist", "percent_rank", "curdate", "curtime", "current_date", "current_time", "current_timestamp", "localtime",
		"localtimestamp", "now", "utc_date", "utc_time", "utc_timestamp", "user", "current_user", "session_user", "system_user", "current_role", "database",
		"schema", "version", "connection_id", "last_insert_id", "row_count", "found_rows", "tidb_current_tso", "sysdate":
		args = "()"
	case "if":
		args = "(id, 1, 2)"
	case "insert_func":
		args = "(status, 1, 2, 'x')"
	case "translate":
		args = "(status, 'a', 'b')"
	case "convert", "char_func":
		args = "(id USING utf8mb4)"
	}
	if f.kind == windowFunction {
		args += " OVER (ORDER BY id)"
	}
	return "SELECT " + f.printed + args + " FROM orders"
}

// since11 are functions of MariaDB 11 that 10.11 does not have.
var since11 = map[string]bool{"json_schema_valid": true, "json_key_value": true, "json_object_to_array": true, "json_object_filter_keys": true,
	"json_array_intersect": true, "format_pico_time": true, "format_bytes": true}

// TestEveryFunctionIsListed asks every server for the list of its functions: each is on ours, with that server's letter.
func TestEveryFunctionIsListed(t *testing.T) {
	lists := map[askwire.Family]string{
		askwire.MariaDB: "SELECT FUNCTION FROM information_schema.SQL_FUNCTIONS",
		askwire.TiDB:    "SHOW BUILTINS",
		askwire.MySQL: "SELECT t.name FROM mysql.help_topic t JOIN mysql.help_category c USING (help_category_id) " +
			"WHERE c.name LIKE '%unction%' OR c.name IN ('Locking', 'GTID', 'XML', 'MBR', 'WKT')",
	}
	printed := map[string]string{"char": "char_func", "insert": "insert_func", "member of": "json_memberof", "default_func": "default", "password_func": "password"}
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		rows, err := s.Open(t, "").QueryContext(t.Context(), lists[s.Family])
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			name = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), "()"), " function")
			if p, ok := printed[name]; ok {
				name = p
			}
			n++
			if syntax[name] || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
				continue
			}
			if f := functions[name]; f.kind == noFunction || !f.hasEngine(s.Family) {
				t.Errorf("functions.txt does not list %s for %s", name, s.Family)
			}
		}
		if n < 200 || rows.Err() != nil {
			t.Errorf("%d functions, %v", n, rows.Err())
		}
	})
}

// syntax is what the servers' lists hold that is no function: operators, and MariaDB's keywords.
var syntax = map[string]bool{"and": true, "case": true, "div": true, "in": true, "like": true, "ilike": true, "not": true, "or": true, "regexp": true,
	"xor": true, "cast": true, "schemas": true, "is": true, "binary": true, "interval": true, "match": true}

// TestFunctionsExist asks every server for every allowed function: the engines in the list are those that have it.
func TestFunctionsExist(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		conn := pinned(t, s, "")
		for name, f := range functions {
			if f.denied != "" || f.kind != scalarFunction || name == "json_memberof" || name == "char_func" {
				continue
			}
			if s.Kind == engine.MariaDB && (strings.HasPrefix(name, "vec_") || since11[name]) {
				continue
			}
			if s.Family == askwire.MySQL && (name == "md5" || strings.TrimSuffix(name, "1") == "sha") {
				continue // a component since 9.6
			}
			if strings.HasSuffix(name, "point") || strings.HasSuffix(name, "linestring") || strings.HasSuffix(name, "polygon") || name == "geometrycollection" {
				if s.Family == askwire.MariaDB { // its grammar wants arguments
					continue
				}
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
