package guard

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// testStep is one statement of a file of MariaDB's own test suite.
type testStep struct {
	file string
	line int
	sql  string
}

// mysqltest reads the language of mysqltest as far as SQL statements can be told from it: comments, commands with and
// without --, delimiters, let and eval of known variables, and include files. What it cannot follow is skipped and counted.
type mysqltest struct {
	root    string // the folder mysql-test
	steps   []testStep
	skipped map[string]int

	vars      map[string]string
	delimiter string
	depth     int
}

// readMysqltest reads a file of main/ into statements.
func readMysqltest(root, file string) (*mysqltest, error) {
	r := &mysqltest{root: root, skipped: map[string]int{}, vars: map[string]string{}, delimiter: ";"}
	return r, r.read(file)
}

// commands are the words of the language; what begins with another is SQL.
var commands = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`append_file cat_file change_user character_set chmod connect connection copy_file copy_files_wildcard dec delimiter diff_files die
		dirty_close disable_abort_on_error disable_async_client disable_column_names disable_connect_log disable_cursor_protocol disable_info disable_metadata
		disable_non_blocking_api disable_parsing disable_prepare_warnings disable_ps_protocol disable_ps2_protocol disable_query_log disable_reconnect disable_result_log
		disable_rpl_parse disable_service_connection disable_session_track_info disable_view_protocol disable_warnings disconnect echo enable_abort_on_error
		enable_async_client enable_column_names enable_connect_log enable_cursor_protocol enable_info enable_metadata enable_non_blocking_api enable_parsing
		enable_prepare_warnings enable_ps_protocol enable_ps2_protocol enable_query_log enable_reconnect enable_result_log enable_rpl_parse enable_service_connection
		enable_session_track_info enable_view_protocol enable_warnings end end_timer error eval evalp evall exec execw exit file_exists force-cpdir force-rmdir
		horizontal_results if inc let list_files list_files_append_file list_files_write_file lowercase_result mkdir move_file optimizer_trace output perl ping
		query query_get_value query_horizontal query_vertical real_sleep reap remove_file remove_files_wildcard replace_column replace_numeric_round
		replace_regex replace_result require reset_connection result result_format rmdir save_master_pos send send_eval send_quit send_shutdown set_timer
		shutdown_server skip sleep sort_warnings sorted_result source start_timer sync_slave_with_master sync_with_master system timer tmpdir vertical_results wait_for_slave_to_stop while write_file`) {
		commands[w] = true
	}
}

func (r *mysqltest) read(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(b)
	line, parsing := 1, true
	for text != "" {
		// At the start of a statement.
		trimmed := strings.TrimLeft(text, " \t\r\n")
		line += strings.Count(text[:len(text)-len(trimmed)], "\n")
		text = trimmed
		if text == "" {
			break
		}
		var cmd, rest string
		at := line
		switch {
		case text[0] == '#':
			_, text, _ = strings.Cut(text, "\n")
			line++
			continue
		case strings.HasPrefix(text, "--"):
			cmd, rest, _ = strings.Cut(text, "\n")
			cmd, text = strings.TrimSpace(cmd[2:]), rest
			line++
			if cmd == "" || cmd[0] == '#' || !commands[strings.ToLower(firstWord(cmd))] {
				continue // an SQL comment
			}
			cmd = strings.TrimSuffix(cmd, r.delimiter)
		case text[0] == '}':
			text = text[1:]
			continue
		default:
			cmd, text = r.cut(text)
			line += strings.Count(cmd, "\n")
		}
		word := strings.ToLower(firstWord(cmd))
		args := strings.TrimSpace(cmd[len(firstWord(cmd)):])
		switch {
		case word == "enable_parsing":
			parsing = true
		case word == "disable_parsing":
			parsing = false
		case !parsing:
			r.skipped["in disable_parsing"]++
		case !commands[word]:
			r.add(file, at, cmd)
		case word == "delimiter":
			if args != "" {
				r.delimiter = args
			}
		case word == "let":
			r.let(args)
		case word == "eval" || word == "evalp" || word == "send_eval":
			if sql, ok := r.substitute(args); ok {
				r.add(file, at, sql)
			} else {
				r.skipped["eval of an unknown variable"]++
			}
		case word == "send" || word == "query" || word == "query_vertical" || word == "query_horizontal":
			if args != "" {
				r.add(file, at, args)
			}
		case word == "if" || word == "while":
			// cut has taken the head up to its brace: the block is left out whole.
			n := 0
			text, n = block(text)
			line += n
			r.skipped[word+" block"]++
		case word == "perl" || word == "write_file" || word == "append_file":
			var n int
			text, n = here(text, args, word)
			line += n
			r.skipped[word]++
		case word == "source":
			r.source(args)
		case word == "exit" || word == "skip" || word == "die":
			r.skipped["rest after "+word]++
			return nil
		case word == "exec" || word == "system" || word == "shutdown_server" || word == "connect" || word == "change_user" || word == "list_files" || word == "execw":
			r.skipped[word]++
		}
	}
	return nil
}

func (r *mysqltest) add(file string, line int, sql string) {
	if sql = strings.TrimSpace(sql); sql != "" {
		r.steps = append(r.steps, testStep{filepath.Base(file), line, sql})
	}
}

func firstWord(s string) string {
	for i := range len(s) {
		if c := s[i]; c != '_' && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return s[:i]
		}
	}
	return s
}

// cut takes one statement or command up to the delimiter, quotes respected. The head of a block ends at its brace.
func (r *mysqltest) cut(text string) (cmd, rest string) {
	word := strings.ToLower(firstWord(text))
	head := word == "if" || word == "while"
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case head && c == '{':
			return text[:i], text[i+1:]
		case !head && strings.HasPrefix(text[i:], r.delimiter):
			return text[:i], text[i+len(r.delimiter):]
		case c == '#' && (i == 0 || text[i-1] == '\n'), strings.HasPrefix(text[i:], "-- ") && !head, strings.HasPrefix(text[i:], "--\n") && !head:
			// A comment within a statement may hold quotes and delimiters.
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				return text, ""
			}
		case strings.HasPrefix(text[i:], "/*"):
			if n := strings.Index(text[i+2:], "*/"); n >= 0 {
				i += n + 3
			}
		}
	}
	return text, ""
}

// block drops a text up to the brace that closes a block, and returns the number of lines.
func block(text string) (rest string, lines int) {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '\n':
			lines++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[i+1:], lines
			}
		}
	}
	return "", lines
}

// here drops the text of a here document.
func here(text, args, word string) (rest string, lines int) {
	end := "EOF"
	if f := strings.Fields(args); word == "perl" && len(f) > 0 {
		end = f[0]
	} else if word != "perl" && len(f) > 1 {
		end = f[1]
	}
	for text != "" {
		var l string
		l, text, _ = strings.Cut(text, "\n")
		lines++
		if strings.TrimRight(l, " \r") == end {
			break
		}
	}
	return text, lines
}

var assignment = regexp.MustCompile(`(?s)^\$(\w+)\s*=\s*(.*)$`)

func (r *mysqltest) let(args string) {
	m := assignment.FindStringSubmatch(args)
	if m == nil {
		r.skipped["let"]++
		return
	}
	value, ok := r.substitute(m[2])
	if !ok || strings.HasPrefix(value, "`") || strings.Contains(value, "query_get_value") {
		delete(r.vars, m[1]) // a value of the server's, or of the environment
		return
	}
	r.vars[m[1]] = value
}

var variable = regexp.MustCompile(`\$\w+`)

func (r *mysqltest) substitute(text string) (string, bool) {
	ok := true
	out := variable.ReplaceAllStringFunc(text, func(name string) string {
		v, known := r.vars[name[1:]]
		ok = ok && known
		return v
	})
	return out, ok
}

// source reads an include file that makes data; those that check, wait or restart are left out.
func (r *mysqltest) source(name string) {
	name = strings.TrimSpace(name)
	for _, s := range []string{"have_", "wait", "restart", "kill", "crash", "shutdown", "master-slave", "rpl", "galera", "wsrep", "not_", "count_sessions", "search_pattern", "default_", "big_test"} {
		if strings.Contains(name, s) {
			return
		}
	}
	file := filepath.Join(r.root, name)
	if strings.Contains(name, "$") || r.depth > 3 {
		r.skipped["source"]++
		return
	}
	r.depth++
	if err := r.read(file); err != nil {
		r.skipped["source"]++
	}
	r.depth--
}
