package catalog

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// readServer finds out what the server is. Its connection's session settings are the server's global ones.
func readServer(ctx context.Context, conn *sql.Conn) (askwire.Server, error) {
	var s askwire.Server
	var comment string
	if err := conn.QueryRowContext(ctx, "SELECT VERSION(), @@version_comment").Scan(&s.Version, &comment); err != nil {
		return s, err
	}
	s.Family, s.Major, s.Minor = familyOf(s.Version, comment)
	vars, err := readVariables(ctx, conn)
	if err != nil {
		return s, err
	}
	s.LowerCase, _ = strconv.Atoi(vars["lower_case_table_names"])
	if s.TimeZone, err = readTimeZone(ctx, conn, vars); err != nil {
		return s, err
	}
	s.Variables = harmless(vars)
	if s.Collations, err = readCollations(ctx, conn, s); err != nil {
		return s, err
	}
	s.Vectors = hasVectors(ctx, conn, s.Family)
	return s, nil
}

// familyOf reads the version as each family writes it: "10.11.14-MariaDB-0+deb12u2", "8.0.11-TiDB-v8.5.4" (whose own
// version is the second), "9.7.0"; the embedded engine says a MySQL version and who it is in version_comment.
func familyOf(version, comment string) (askwire.Family, int, int) {
	lower := strings.ToLower(version)
	if _, own, ok := strings.Cut(lower, "-tidb-"); ok {
		major, minor := numbers(strings.TrimPrefix(own, "v"))
		if major == 0 {
			major, minor = numbers(version)
		}
		return askwire.TiDB, major, minor
	}
	major, minor := numbers(version)
	lower += " " + strings.ToLower(comment)
	switch {
	case strings.Contains(lower, "mariadb"):
		return askwire.MariaDB, major, minor
	case strings.Contains(lower, "tidb"):
		return askwire.TiDB, major, minor
	case strings.Contains(lower, "dolt"), strings.Contains(lower, "go-mysql-server"), strings.Contains(lower, "embedded"):
		return askwire.Embedded, major, minor
	}
	return askwire.MySQL, major, minor
}

func numbers(version string) (major, minor int) {
	parts := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) > 0 {
		major, _ = strconv.Atoi(parts[0])
	}
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return major, minor
}

func readVariables(ctx context.Context, conn *sql.Conn) (map[string]string, error) {
	rows, err := conn.QueryContext(ctx, "SHOW GLOBAL VARIABLES")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	vars := make(map[string]string, 700)
	for rows.Next() {
		var name string
		var value sql.NullString
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		vars[strings.ToLower(name)] = value.String
	}
	return vars, rows.Err()
}

// harmless keeps the variables that clients ask for and that tell nothing about the machine: no paths, files, hosts,
// keys, accounts, plugins or replication. It is a list of what is allowed, so a new server's new variable stays hidden.
func harmless(vars map[string]string) map[string]string {
	out := make(map[string]string, 128)
	for name, value := range vars {
		if harmlessNames[name] {
			out[name] = value
		}
	}
	return out
}

var harmlessNames = nameSet(`
auto_increment_increment auto_increment_offset autocommit big_tables block_encryption_mode
character_set_client character_set_connection character_set_database character_set_filesystem character_set_results
character_set_server character_set_system collation_connection collation_database collation_server
completion_type concurrent_insert connect_timeout cte_max_recursion_depth max_recursive_iterations
date_format datetime_format default_collation_for_utf8mb4 default_storage_engine default_tmp_storage_engine
default_week_format div_precision_increment eq_range_index_dive_limit error_count explicit_defaults_for_timestamp
flush foreign_key_checks ft_boolean_syntax ft_max_word_len ft_min_word_len ft_query_expansion_limit
group_concat_max_len have_compress have_crypt have_geometry have_openssl have_profiling have_query_cache have_rtree_keys
have_ssl have_statement_timeout have_symlink identity innodb_default_row_format innodb_ft_max_token_size
innodb_ft_min_token_size innodb_lock_wait_timeout innodb_page_size innodb_strict_mode innodb_version
interactive_timeout join_buffer_size last_insert_id lc_messages lc_time_names license local_infile lock_wait_timeout
log_bin long_query_time low_priority_updates lower_case_file_system lower_case_table_names
max_allowed_packet max_connections max_error_count max_execution_time max_heap_table_size max_join_size
max_length_for_sort_data max_prepared_stmt_count max_seeks_for_key max_sort_length max_sp_recursion_depth
max_statement_time max_user_connections min_examined_row_limit net_buffer_length net_read_timeout net_retry_count
net_write_timeout ngram_token_size old_mode old_passwords optimizer_prune_level optimizer_search_depth
optimizer_switch performance_schema profiling protocol_version query_alloc_block_size query_cache_size query_cache_type
query_prealloc_size range_optimizer_max_mem_size read_buffer_size read_only read_rnd_buffer_size
session_track_gtids session_track_schema session_track_state_change session_track_system_variables
session_track_transaction_info show_old_temporals sort_buffer_size sql_auto_is_null sql_big_selects sql_buffer_result
sql_generate_invisible_primary_key sql_if_exists sql_mode sql_notes sql_quote_show_create sql_require_primary_key
sql_safe_updates sql_select_limit sql_warnings storage_engine stored_program_cache super_read_only
system_time_zone system_versioning_alter_history table_type thread_stack time_format time_zone timed_mutexes
tidb_mem_quota_query timestamp tmp_memory_table_size tmp_table_size transaction_alloc_block_size transaction_isolation
transaction_prealloc_size transaction_read_only tx_isolation tx_read_only unique_checks updatable_views_with_limit
version version_comment version_compile_machine version_compile_os wait_timeout warning_count windowing_use_high_precision
`)

func nameSet(text string) map[string]bool {
	set := make(map[string]bool)
	for _, name := range strings.Fields(text) {
		set[name] = true
	}
	return set
}

// readTimeZone resolves @@time_zone. SYSTEM becomes the system's zone when Go knows that name (abbreviations such as KST
// it does not), else the server's present offset.
func readTimeZone(ctx context.Context, conn *sql.Conn, vars map[string]string) (string, error) {
	zone := vars["time_zone"]
	if zone != "" && !strings.EqualFold(zone, "SYSTEM") {
		return zone, nil
	}
	if name := vars["system_time_zone"]; name == "UTC" || strings.Contains(name, "/") {
		if _, err := time.LoadLocation(name); err == nil {
			return name, nil
		}
	}
	var minutes int
	if err := conn.QueryRowContext(ctx, "SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW())").Scan(&minutes); err != nil {
		return "", err
	}
	return offset(minutes), nil
}

func offset(minutes int) string {
	sign := byte('+')
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	minutes = (minutes + 7) / 15 * 15 // the two clocks of one statement may straddle a minute
	return string([]byte{sign, '0' + byte(minutes/600), '0' + byte(minutes/60%10), ':', '0' + byte(minutes%60/10), '0' + byte(minutes%10)})
}

func readCollations(ctx context.Context, conn *sql.Conn, s askwire.Server) ([]string, error) {
	query := "SELECT COLLATION_NAME FROM information_schema.COLLATIONS"
	if s.Family == askwire.MariaDB && s.AtLeast(10, 10) {
		// The uca1400 collations are listed there without their character set; here under the names that DDL uses.
		query += " UNION SELECT FULL_COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
	}
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// hasVectors asks for a distance rather than trusting versions: MySQL has the type without the functions.
func hasVectors(ctx context.Context, conn *sql.Conn, f askwire.Family) bool {
	var query string
	switch f {
	case askwire.MariaDB:
		query = "SELECT VEC_DISTANCE_COSINE(VEC_FromText('[1,0]'), VEC_FromText('[1,0]'))"
	case askwire.TiDB:
		query = "SELECT VEC_COSINE_DISTANCE('[1,0]', '[1,0]')"
	default:
		return false
	}
	var d float64
	return conn.QueryRowContext(ctx, query).Scan(&d) == nil
}
