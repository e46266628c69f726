package proxy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/proxy/front"
)

// vars is what a client has set in its session. The zero value with reset applied is a fresh login's.
type vars struct {
	set        map[string]string        // session variables that differ from the server's, as SHOW VARIABLES prints them
	user       map[string]askwire.Value // @x
	lost       map[string]bool          // @x that a SELECT has assigned to: what it holds is not known here
	sqlMode    string
	mode       guard.Mode
	autocommit bool
	timeZone   string // "" = the server's
	maxTime    time.Duration
	limit      int64 // sql_select_limit; -1 = none
	concat     int64 // group_concat_max_len; 0 = the server's
	ask        askVars
}

func (v *vars) reset() {
	*v = vars{autocommit: true, limit: -1}
}

func (v *vars) lexMode() lex.Mode {
	return lex.Mode{ANSIQuotes: v.mode.ANSIQuotes, NoBackslashEscapes: v.mode.NoBackslashEscapes}
}

// put remembers a value as SHOW VARIABLES prints it.
func (v *vars) put(name, value string) {
	if v.set == nil {
		v.set = map[string]string{}
	}
	v.set[name] = value
}

// lose forgets the user variables that a SELECT is to assign to. It refuses more than can be kept in mind.
func (v *vars) lose(names []string) error {
	for _, name := range names {
		if len(v.lost) >= maxUserVars && !v.lost[name] {
			return askwire.Errorf(askwire.WrongValue, "The session's statements assign to more than %d user variables.", maxUserVars).
				WithHint("Select the expressions themselves.")
		}
		if v.lost == nil {
			v.lost = map[string]bool{}
		}
		v.lost[name] = true
		delete(v.user, name)
	}
	return nil
}

// kept refuses an expression that reads a user variable whose value is not known.
func (v *vars) kept(e front.Expr) error {
	if e.Kind == front.UserVar && v.lost[e.Name] {
		return askwire.Errorf(askwire.NotSupported, "The value that a SELECT has assigned to @%.64s is not kept.", e.Name).WithHint("SET it, or select the expression itself.")
	}
	for _, arg := range e.Args {
		if err := v.kept(arg); err != nil {
			return err
		}
	}
	return nil
}

// nullVar marks a variable that was set to NULL: character_set_results alone can be.
const nullVar = "\x00"

// variable returns @@name as text. global asks for the value that a new session starts with.
func (s *session) variable(name string, global bool) (string, bool) {
	if !global {
		switch name {
		case "autocommit":
			return onOff(s.vars.autocommit), true
		case "sql_mode":
			if _, set := s.vars.set["sql_mode"]; set {
				return s.vars.sqlMode, true
			}
		case "pseudo_thread_id":
			return strconv.FormatUint(uint64(s.id), 10), true
		case "max_allowed_packet":
			return strconv.Itoa(s.set.MaxPacket), true
		case "last_insert_id", "identity", "insert_id":
			return "0", true
		case "warning_count":
			return strconv.Itoa(len(s.warnings)), true
		case "error_count":
			return strconv.Itoa(s.countErrors()), true
		case "timestamp":
			return strconv.FormatFloat(float64(s.srv.cfg.Clock().UnixMicro())/1e6, 'f', 6, 64), true
		}
		if v, ok := s.vars.set[name]; ok {
			return v, true
		}
	}
	server := s.server()
	if v, ok := s.fixed(name, server); ok {
		return v, true
	}
	v, ok := server.Variables[name]
	return v, ok
}

// fixed are the variables whose value is the proxy's own, whatever the backend says.
func (s *session) fixed(name string, server *askwire.Server) (string, bool) {
	switch name {
	case "version":
		return s.door.hands.Version(), true
	case "version_comment":
		if v, ok := server.Variables[name]; ok {
			return v, true
		}
		return "askwire", true
	case "character_set_client", "character_set_connection", "character_set_results", "character_set_database", "character_set_server":
		return "utf8mb4", true
	case "character_set_system":
		return "utf8mb3", true
	case "collation_connection", "collation_database", "collation_server":
		return defaultCollation(server), true
	case "autocommit":
		return "ON", true
	case "session_track_transaction_info", "session_track_state_change", "session_track_gtids": // not told
		return "OFF", true
	case "local_infile", "sql_log_bin", "log_bin", "have_query_cache", "sql_auto_is_null", "pseudo_replica_mode", "super_read_only":
		return "OFF", true
	case "init_connect", "secure_file_priv", "socket", "external_user", "proxy_user":
		return "", true
	case "hostname":
		return "askwire", true
	case "max_allowed_packet":
		return strconv.Itoa(s.set.MaxPacket), true
	case "max_connections":
		return strconv.Itoa(s.set.MaxSessions), true
	case "wait_timeout", "interactive_timeout":
		return strconv.Itoa(int(s.set.IdleTimeout / time.Second)), true
	case "net_read_timeout":
		return "30", true
	case "net_write_timeout":
		return strconv.Itoa(int(s.set.WriteTimeout / time.Second)), true
	case "sql_select_limit":
		return "18446744073709551615", true
	case "lower_case_table_names":
		return strconv.Itoa(server.LowerCase), true
	case "time_zone":
		if v, ok := server.Variables[name]; ok {
			return v, true
		}
		return "SYSTEM", true
	case "system_time_zone":
		if v, ok := server.Variables[name]; ok {
			return v, true
		}
		return server.TimeZone, server.TimeZone != ""
	case "transaction_isolation", "tx_isolation":
		return s.renamed(server, name, "transaction_isolation", "tx_isolation", "REPEATABLE-READ")
	case "transaction_read_only", "tx_read_only":
		return s.renamed(server, name, "transaction_read_only", "tx_read_only", "OFF")
	case "max_execution_time":
		if server.Family == askwire.MariaDB {
			return "", false
		}
		return strconv.FormatInt(s.b.Profile.Limits.Time.Milliseconds(), 10), true
	case "max_statement_time":
		if server.Family != askwire.MariaDB {
			return "", false
		}
		return strconv.FormatFloat(s.b.Profile.Limits.Time.Seconds(), 'f', 6, 64), true
	}
	if strings.HasPrefix(name, "askwire.") {
		return s.askVariable(name[len("askwire."):])
	}
	return "", false
}

// renamed answers a variable that has two names. Which of them exist is the server's affair: MariaDB before 11.1 knows
// only the old one, MySQL 8 only the new one, and drivers look at the version before they ask.
func (s *session) renamed(server *askwire.Server, asked, newName, oldName, def string) (string, bool) {
	_, hasNew := server.Variables[newName]
	_, hasOld := server.Variables[oldName]
	if hasNew || hasOld {
		if _, ok := server.Variables[asked]; !ok {
			return "", false
		}
	}
	if newName == "transaction_read_only" {
		return def, true
	}
	if v, ok := server.Variables[asked]; ok {
		return v, true
	}
	return def, true
}

func defaultCollation(server *askwire.Server) string {
	switch {
	case server.Family == askwire.TiDB:
		return "utf8mb4_bin"
	case server.Family == askwire.MySQL && server.Major >= 8:
		return "utf8mb4_0900_ai_ci"
	default:
		return "utf8mb4_general_ci"
	}
}

func (s *session) askVariable(name string) (string, bool) {
	a, p := &s.vars.ask, s.b.Profile
	switch name {
	case "end_user":
		return s.person, true
	case "profile":
		return p.Name, true
	case "summary":
		return firstOf(a.summary, p.Summary, "first"), true
	case "model":
		if len(p.Models) > 0 {
			return firstOf(a.model, p.Models[0]), true
		}
		return a.model, true
	case "language":
		return firstOf(a.language, p.Language, "question"), true
	case "limit":
		return strconv.FormatInt(s.rowLimit(), 10), true
	case "timeout":
		return strconv.FormatFloat(a.timeout.Seconds(), 'f', -1, 64), true
	case "execute":
		return onOff(!a.noExecute), true
	case "on_ambiguous":
		return firstOf(a.onAmbiguous, p.OnAmbiguous, "answer"), true
	case "candidates":
		return strconv.Itoa(max(a.candidates, 1)), true
	case "conversation":
		return "OFF", true
	}
	return "", false
}

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

func onOff(b bool) string {
	if b {
		return "ON"
	}
	return "OFF"
}

// typed turns a variable's text into the value that SELECT @@name has: switches are 1 and 0, numbers are numbers.
func typed(name, text string) askwire.Value {
	switch {
	case text == nullVar:
		return askwire.Value{}
	case text == "ON" && !stringSwitches[name]:
		return askwire.Value{Kind: askwire.Int, Text: "1"}
	case text == "OFF" && !stringSwitches[name]:
		return askwire.Value{Kind: askwire.Int, Text: "0"}
	case stringVars[name] || text == "":
		return askwire.Value{Kind: askwire.String, Text: text}
	}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return askwire.Value{Kind: askwire.Int, Text: text}
	}
	if _, err := strconv.ParseUint(text, 10, 64); err == nil {
		return askwire.Value{Kind: askwire.Int, Text: text}
	}
	if whole, frac, ok := strings.Cut(text, "."); ok && digits(whole) && digits(frac) {
		return askwire.Value{Kind: askwire.Decimal, Text: text}
	}
	return askwire.Value{Kind: askwire.String, Text: text}
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Variables that are words even where the word is ON or OFF, and those that are text even where it looks like a number.
var (
	stringSwitches = map[string]bool{"query_cache_type": true, "gtid_mode": true, "session_track_transaction_info": true, "event_scheduler": true,
		"completion_type": true, "binlog_row_image": true, "have_ssl": true, "have_openssl": true}
	stringVars = map[string]bool{"version": true, "innodb_version": true, "time_zone": true, "system_time_zone": true}
)

// lookup answers @@x, @x and the session's functions for SET and probes.
func (s *session) lookup(e front.Expr) (askwire.Value, bool) {
	switch e.Kind {
	case front.SysVar:
		text, ok := s.variable(e.Name, e.Scope == "global")
		if !ok {
			return askwire.Value{}, false
		}
		return typed(e.Name, text), true
	case front.UserVar:
		v, ok := s.vars.user[e.Name]
		return v, ok
	case front.Func:
		return s.function(e.Name)
	}
	return askwire.Value{}, false
}

func (s *session) function(name string) (askwire.Value, bool) {
	text := func(t string) (askwire.Value, bool) { return askwire.Value{Kind: askwire.String, Text: t}, true }
	number := func(n int64) (askwire.Value, bool) {
		return askwire.Value{Kind: askwire.Int, Text: strconv.FormatInt(n, 10)}, true
	}
	switch name {
	case "user", "session_user", "system_user":
		return text(s.user.Name + "@" + s.host)
	case "current_user":
		return text(s.user.Name + "@%")
	case "database", "schema":
		if s.db == "" {
			return askwire.Value{}, true
		}
		return text(s.db)
	case "version":
		return text(s.door.hands.Version())
	case "connection_id":
		return number(int64(s.id))
	case "current_role": // nobody has one
		if s.server().Family == askwire.MariaDB {
			return askwire.Value{}, true
		}
		return text("NONE")
	case "last_insert_id":
		return number(0)
	case "row_count":
		return number(-1)
	case "found_rows":
		return number(s.foundRows) // unless uncounted: probe looks at that
	}
	return askwire.Value{}, false
}

// known answers the guard: "@@version", "@@session.sql_mode", "user()".
func (s *session) known(name string) (askwire.Value, bool) {
	if fn, ok := strings.CutSuffix(name, "()"); ok {
		return s.function(fn)
	}
	v, ok := strings.CutPrefix(name, "@@")
	if !ok {
		return askwire.Value{}, false
	}
	v, global := strings.CutPrefix(v, "global.")
	v = strings.TrimPrefix(strings.TrimPrefix(v, "session."), "local.")
	text, ok := s.variable(v, global)
	if !ok {
		return askwire.Value{}, false
	}
	return typed(v, text), true
}

// allVariables lists every variable with its text, by name.
func (s *session) allVariables(global bool) [][2]string {
	names := map[string]bool{}
	for n := range s.server().Variables {
		names[n] = true
	}
	for n := range s.vars.set {
		names[n] = true
	}
	for _, n := range proxyVariables {
		names[n] = true
	}
	var out [][2]string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if v, ok := s.variable(n, global); ok {
			if v == nullVar {
				v = ""
			}
			out = append(out, [2]string{n, v})
		}
	}
	return out
}

// proxyVariables are listed by SHOW VARIABLES even where the backend has none of that name.
var proxyVariables = []string{"autocommit", "character_set_client", "character_set_connection", "character_set_database", "character_set_results",
	"character_set_server", "character_set_system", "collation_connection", "collation_database", "collation_server", "hostname", "init_connect",
	"interactive_timeout", "local_infile", "lower_case_table_names", "max_allowed_packet", "max_connections", "max_execution_time",
	"max_statement_time", "net_read_timeout", "net_write_timeout", "secure_file_priv", "sql_auto_is_null", "sql_log_bin", "sql_select_limit",
	"system_time_zone", "time_zone", "transaction_isolation", "transaction_read_only", "tx_isolation", "tx_read_only", "version",
	"version_comment", "wait_timeout", "askwire.end_user", "askwire.profile", "askwire.summary", "askwire.model", "askwire.language", "askwire.limit",
	"askwire.timeout", "askwire.execute", "askwire.conversation", "askwire.on_ambiguous", "askwire.candidates"}
