package proxy

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
)

// assign carries out the assignments in order. As in MySQL, those before a failing one stay only if they came in another
// statement: the values are checked first, on a copy.
func (s *session) assign(ctx context.Context, as []front.Assignment) error {
	if named, err := s.namesPerson(as); named || err != nil {
		return err
	}
	before := s.vars.clone()
	for _, a := range as {
		if err := s.assignOne(ctx, a); err != nil {
			s.vars = before
			return err
		}
	}
	s.trackVariables(as)
	s.regate()
	return nil
}

func (v *vars) clone() vars {
	c := *v
	c.set, c.user, c.lost = maps.Clone(v.set), maps.Clone(v.user), maps.Clone(v.lost)
	return c
}

const (
	maxUserVars  = 64
	maxUserValue = 4096
)

func (s *session) assignOne(ctx context.Context, a front.Assignment) error {
	if err := s.vars.kept(a.Value); err != nil {
		return err
	}
	v, err := a.Value.Eval(s.lookup)
	if err != nil {
		return err
	}
	if a.User {
		if len(v.Text) > maxUserValue || len(s.vars.user) >= maxUserVars && s.vars.user[a.Name].Kind == askwire.Null {
			return askwire.Errorf(askwire.WrongValue, "The variable @%s is more than this session keeps.", a.Name).
				WithHint("Up to %d user variables of %d bytes are kept.", maxUserVars, maxUserValue)
		}
		if s.vars.user == nil {
			s.vars.user = map[string]askwire.Value{}
		}
		s.vars.user[a.Name] = v
		delete(s.vars.lost, a.Name)
		return nil
	}
	if name, ok := strings.CutPrefix(a.Name, "askwire."); ok {
		return s.assignAsk(name, a.Value.Kind == front.Default, v)
	}
	set := setters[a.Name]
	if set == nil {
		if _, ok := s.variable(a.Name, false); ok {
			return askwire.Errorf(askwire.ReadOnlyVariable, "The variable '%s' cannot be set through this proxy.", a.Name).
				WithHint("Leave it out; SHOW VARIABLES shows its value.")
		}
		return askwire.Errorf(askwire.UnknownVariable, "Unknown system variable '%s'.", a.Name).WithHint("Leave it out.")
	}
	return set(s, ctx, setting{a, v})
}

// setting is one SET name = value.
type setting struct {
	front.Assignment
	v askwire.Value
}

func (x setting) isDefault() bool { return x.Value.Kind == front.Default }

func (x setting) wrong(hint string, args ...any) error {
	shown := x.v.Text
	if x.v.Kind == askwire.Null {
		shown = "NULL"
	}
	if len(shown) > 64 {
		shown = shown[:64]
	}
	return askwire.Errorf(askwire.WrongValue, "Variable '%s' can't be set to the value of '%s'.", x.Name, strings.ToValidUTF8(shown, "?")).
		WithHint(hint, args...)
}

func (x setting) bool() (bool, error) {
	switch strings.ToUpper(x.v.Text) {
	case "1", "ON", "TRUE":
		return true, nil
	case "0", "OFF", "FALSE":
		return false, nil
	}
	return false, x.wrong("Use ON or OFF.")
}

func (x setting) number() (uint64, error) {
	n, err := strconv.ParseUint(x.v.Text, 10, 64)
	if err != nil {
		return 0, x.wrong("Use a whole number.")
	}
	return n, nil
}

type setter func(s *session, ctx context.Context, x setting) error

var setters map[string]setter

func init() {
	setters = map[string]setter{
		"autocommit": setAutocommit, "sql_mode": setSQLMode, "time_zone": setTimeZone,
		"names": setNames, "character set": setNames,
		"character_set_client": setCharset, "character_set_connection": setCharset, "character_set_results": setCharset,
		"character_set_database": setCharset, "character_set_server": setCharset,
		"collation_connection": setCollation, "collation_database": setCollation, "collation_server": setCollation,
		"wait_timeout": setSeconds, "interactive_timeout": setSeconds, "net_read_timeout": setSeconds, "net_write_timeout": setSeconds,
		"max_execution_time": setMaxTime, "max_statement_time": setMaxTime,
		"sql_select_limit": setSelectLimit, "group_concat_max_len": setConcat,
		"transaction_isolation": setIsolation, "tx_isolation": setIsolation,
		"transaction_read_only": setReadOnly, "tx_read_only": setReadOnly,
	}
	// What changes nothing for a connection that only reads: kept, shown, and otherwise without effect.
	for _, name := range []string{"foreign_key_checks", "unique_checks", "sql_safe_updates", "sql_notes", "sql_warnings", "sql_quote_show_create",
		"sql_big_selects", "sql_log_bin", "low_priority_updates", "innodb_lock_wait_timeout", "lock_wait_timeout", "information_schema_stats_expiry",
		"session_track_schema", "session_track_state_change", "session_track_system_variables", "session_track_transaction_info",
		"session_track_gtids", "auto_increment_increment", "auto_increment_offset", "bulk_insert_buffer_size", "query_cache_type", "profiling",
		"query_alloc_block_size", "net_buffer_length", "net_retry_count", "sql_buffer_result", "myisam_sort_buffer_size", "interactive"} {
		setters[name] = setHarmless
	}
	// What would change answers and is fixed here: only the value that holds may be set.
	for name, only := range map[string][]string{"sql_auto_is_null": {"0", "OFF"}, "lc_messages": {"en_US"}, "lc_time_names": {"en_US"},
		"default_week_format": {"0"}, "div_precision_increment": {"4"}, "sql_quote_show": {"1", "ON"}} {
		setters[name] = setFixed(only)
	}
}

func setHarmless(s *session, _ context.Context, x setting) error {
	if x.isDefault() {
		delete(s.vars.set, x.Name)
		return nil
	}
	v := x.v.Text
	switch strings.ToUpper(v) {
	case "TRUE", "ON":
		v = "ON"
	case "FALSE", "OFF":
		v = "OFF"
	}
	if have, ok := s.variable(x.Name, true); ok && (have == "ON" || have == "OFF") && (v == "0" || v == "1") {
		v = onOff(v == "1")
	}
	if len(v) > 256 {
		return x.wrong("Use a shorter value.")
	}
	s.vars.put(x.Name, v)
	return nil
}

func setFixed(only []string) setter {
	return func(s *session, _ context.Context, x setting) error {
		if x.isDefault() || slices.ContainsFunc(only, func(v string) bool { return strings.EqualFold(v, x.v.Text) }) {
			return nil
		}
		return x.wrong("This proxy keeps it at %s.", only[0])
	}
}

func setAutocommit(s *session, ctx context.Context, x setting) error {
	on := true
	if !x.isDefault() {
		var err error
		if on, err = x.bool(); err != nil {
			return err
		}
	}
	if on && !s.vars.autocommit {
		if err := s.endTx(ctx, false); err != nil { // as in MySQL, switching it on commits
			return err
		}
	}
	s.vars.autocommit = on
	return nil
}

// setTimeZone takes SYSTEM, an offset, or a name that the backend knows, which is tried on a connection.
func setTimeZone(s *session, ctx context.Context, x setting) error {
	zone := x.v.Text
	if x.isDefault() || strings.EqualFold(zone, "SYSTEM") && s.zoneOfServer() == "SYSTEM" {
		s.vars.timeZone = ""
		delete(s.vars.set, "time_zone")
		return nil
	}
	if x.v.Kind != askwire.String || !validZone(zone) {
		return askwire.Errorf(askwire.WrongValue, "Unknown or incorrect time zone: '%.64s'.", strings.ToValidUTF8(zone, "?")).
			WithHint("Use SYSTEM, an offset such as '+09:00', or a name such as 'Asia/Seoul'.")
	}
	old := s.vars.timeZone
	s.vars.timeZone = zone
	if err := s.tryPins(ctx); err != nil {
		s.vars.timeZone = old
		return err
	}
	s.vars.put("time_zone", zone)
	return nil
}

func validZone(z string) bool {
	if z == "" || len(z) > 64 {
		return false
	}
	for i := 0; i < len(z); i++ {
		c := z[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("+-:/_", rune(c)) {
			return false
		}
	}
	return true
}

func setSeconds(s *session, _ context.Context, x setting) error {
	if x.isDefault() {
		delete(s.vars.set, x.Name)
		s.applyTimeouts()
		return nil
	}
	n, err := x.number()
	if err != nil {
		return err
	}
	n = min(max(n, 1), 31536000)
	s.vars.put(x.Name, strconv.FormatUint(n, 10))
	_ = s.c.SetDeadline(time.Time{}) // else the longer one stays in force
	s.applyTimeouts()
	return nil
}

// applyTimeouts tells the connection how long it may idle and block.
func (s *session) applyTimeouts() {
	seconds := func(name string, def time.Duration) time.Duration {
		if n, err := strconv.Atoi(s.vars.set[name]); err == nil {
			return min(time.Duration(n)*time.Second, def)
		}
		return def
	}
	idle := seconds("wait_timeout", s.set.IdleTimeout)
	if s.txTimeout {
		idle = min(idle, s.set.TransactionIdle)
	}
	s.c.SetTimeouts(seconds("net_write_timeout", s.set.WriteTimeout), idle)
}

// setMaxTime bounds the session's statements: milliseconds on MySQL and TiDB, seconds on MariaDB. Never above the profile's.
func setMaxTime(s *session, _ context.Context, x setting) error {
	maria := s.server().Family == askwire.MariaDB
	if maria != (x.Name == "max_statement_time") {
		return askwire.Errorf(askwire.UnknownVariable, "Unknown system variable '%s'.", x.Name).WithHint("This server has the other of max_statement_time and max_execution_time.")
	}
	if x.isDefault() {
		s.vars.maxTime = 0
		delete(s.vars.set, x.Name)
		return nil
	}
	f, err := strconv.ParseFloat(x.v.Text, 64)
	if err != nil || f < 0 || f > 1e9 || math.IsNaN(f) {
		return x.wrong("Use a number that is not negative.")
	}
	unit := time.Millisecond
	shown := strconv.FormatFloat(f, 'f', -1, 64)
	if maria {
		unit = time.Second
		shown = strconv.FormatFloat(f, 'f', 6, 64)
	}
	s.vars.maxTime = time.Duration(f * float64(unit))
	s.vars.put(x.Name, shown)
	return nil
}

func setSelectLimit(s *session, _ context.Context, x setting) error {
	if x.isDefault() || x.v.Text == "-1" {
		s.vars.limit = -1
		delete(s.vars.set, x.Name)
		return nil
	}
	n, err := x.number()
	if err != nil {
		return err
	}
	if n == 0 {
		return x.wrong("Use LIMIT 0 in the statement, or a number from 1 on.")
	}
	s.vars.limit = -1
	if n < math.MaxInt64 {
		s.vars.limit = int64(n)
	}
	s.vars.put(x.Name, strconv.FormatUint(n, 10))
	return nil
}

// A GROUP_CONCAT is built in the backend's memory.
const minConcat, maxConcat = 4, 16 << 20

// setConcat is group_concat_max_len. As servers do, it takes what is too much for the most that may be, with a warning.
func setConcat(s *session, _ context.Context, x setting) error {
	if x.isDefault() {
		s.vars.concat = 0
		delete(s.vars.set, x.Name)
		return nil
	}
	n, err := x.number()
	if err != nil {
		return err
	}
	s.vars.concat = int64(min(max(n, minConcat), maxConcat))
	if uint64(s.vars.concat) != n {
		s.warn("Warning", 1292, "Truncated incorrect group_concat_max_len value: '"+strconv.FormatUint(n, 10)+"'")
	}
	s.vars.put(x.Name, itoa(s.vars.concat))
	return nil
}

// setIsolation remembers the level; it holds for transactions that begin later. Statements outside a transaction read
// committed data at any level.
func setIsolation(s *session, _ context.Context, x setting) error {
	level := strings.ToUpper(strings.ReplaceAll(x.v.Text, " ", "-"))
	names := s.bothNames("transaction_isolation", "tx_isolation")
	if x.isDefault() {
		for _, n := range names {
			delete(s.vars.set, n)
		}
		return nil
	}
	if !slices.Contains([]string{"READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"}, level) {
		return x.wrong("Use READ-COMMITTED or REPEATABLE-READ.")
	}
	if x.Scope == "next" {
		s.nextIsolation = level
		return nil
	}
	for _, n := range names {
		s.vars.put(n, level)
	}
	return nil
}

// setReadOnly accepts both: whatever is set, this connection only reads.
func setReadOnly(s *session, _ context.Context, x setting) error {
	on, err := x.bool()
	if err != nil {
		return err
	}
	if x.Scope == "next" {
		s.nextReadOnly = onOff(on)
		return nil
	}
	for _, n := range s.bothNames("transaction_read_only", "tx_read_only") {
		s.vars.put(n, onOff(on))
	}
	return nil
}

// bothNames are those of the names that the server has; the first if it has none.
func (s *session) bothNames(names ...string) []string {
	var out []string
	for _, n := range names {
		if _, ok := s.variable(n, true); ok {
			out = append(out, n)
		}
	}
	if out == nil {
		return names[:1]
	}
	return out
}
