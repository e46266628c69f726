package guard

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// reset makes the scratch database anew, with its canaries.
func (s *suite) reset(t *testing.T) {
	t.Helper()
	if s.setup != nil {
		_ = s.setup.Close()
		_ = s.setupDB.Close()
		s.setup = nil
	}
	rows, err := s.admin.Query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys', 'canary')")
	if err != nil {
		t.Fatal(err)
	}
	names, err := strings2(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		mustExec(t, s.admin, "DROP DATABASE `"+strings.ReplaceAll(name, "`", "``")+"`")
	}
	for _, q := range []string{"CREATE DATABASE " + suiteDatabase, "CREATE TABLE test.salaries (id INT, emp VARCHAR(40), amount DECIMAL(10,2))",
		"INSERT INTO test.salaries VALUES (1, 'canary-emp', 7731905.17)", "TRUNCATE TABLE mysql.general_log", "FLUSH TABLE_STATISTICS"} {
		mustExec(t, s.admin, q)
	}
	s.settle(t)
	for _, conn := range []*sql.Conn{s.direct, s.other, s.strict} {
		if _, err := conn.ExecContext(t.Context(), "USE "+suiteDatabase); err != nil {
			t.Fatal(err)
		}
	}
	s.snap, s.sums, s.pending = nil, "", nil
	s.unknownFiles()
}

func strings2(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// selects takes one SELECT both ways.
func (s *suite) selects(t *testing.T, step testStep) {
	s.counts["SELECTs"]++
	if err := s.look(t); err != nil {
		s.counts["SELECTs on tables that the reader could not make out"]++
		return
	}
	for i, name := range []string{"tables", "barrier"} {
		st, err := s.gates[i].Check(step.sql)
		if err != nil {
			if askwire.CodeOf(err) == askwire.Internal {
				t.Errorf("%s:%d: %s\n%v", step.file, step.line, step.sql, err)
			}
			s.counts[name+": refused"]++
			if i == 0 {
				s.refused(step, err)
			}
			continue
		}
		s.counts[name+": admitted"]++
		s.both(t, step, st, name)
	}
}

// refused asks the server whether it would have run what the gate refused, where asking is harmless.
func (s *suite) refused(step testStep, err error) {
	var e *askwire.Error
	if errors.As(err, &e) && e.Hint == "" && !strings.Contains(e.Message, ". ") {
		s.refusals["WITHOUT A HINT: "+e.Message]++
	}
	s.refusals[fmt.Sprint(refusalClass(err))]++
}

func (s *suite) both(t *testing.T, step testStep, st Statement, name string) {
	invariants(t, s.gates[0].Policy, st.Text())
	if s.sums == "" {
		s.sums = s.checksums(t)
	}
	s.pending = append(s.pending, st.Text())
	got, err := s.run(s.through, st.Text())
	if err == nil {
		for _, row := range append(slices.Clone(got.columns), got.rows...) {
			for _, hidden := range []string{"TOPSECRET", "canary-emp", "7731905.17", "FILECANARY"} {
				if strings.Contains(row, hidden) {
					t.Fatalf("%s:%d: %s\nsent as %s\nshows a canary: %s", step.file, step.line, step.sql, st.Text(), row)
				}
			}
		}
	}
	want, directErr := s.run(s.direct, step.sql)
	switch {
	case err != nil && directErr != nil:
		s.counts[name+": refused by the server both ways"]++
	case directErr != nil:
		s.counts[name+": refused by the server only when sent directly"]++ // the text needs settings that the gate gives
	case err == nil && sameRows(want, got), err == nil && int64(len(got.rows)) > st.RowLimit() && len(want.rows) >= len(got.rows):
		s.counts[name+": same rows"]++
	case s.lost != nil: // see recover
	case name == "barrier" && (errorNumber(err) == 1191 || errorNumber(err) == 1214):
		s.counts[name+": full-text search, which has no index behind a barrier"]++
	case errorNumber(err) == 1969 || errorNumber(directErr) == 1969:
		s.counts[name+": no answer within two seconds"]++
	default:
		why := ""
		if err != nil {
			why = err.Error()
		} else {
			why = s.undetermined(step.sql, st.Text(), want, got)
		}
		if why == "" || err != nil {
			sum := sha256.Sum256([]byte(step.sql)) // lines move with the package's version
			key := fmt.Sprintf("%s#%x", step.file, sum[:4])
			s.differ = append(s.differ, difference{key, name, step.sql, st.Text(), fmt.Sprintf("line %d %s want %.200v got %.200v", step.line, why, want, got)})
			s.counts[name+": DIFFERENT"]++
			return
		}
		s.counts[name+": rows that the text does not determine: "+why]++
	}
}

// undetermined says why the rows of a statement do not follow from its text and the data, "" when they do.
func (s *suite) undetermined(sql, sent string, want, got result) string {
	if again, err := s.run(s.direct, sql); err != nil || !sameRows(want, again) {
		return "another answer the next time"
	}
	if aggregates.MatchString(sql) && sameRows(lettersOf(want), lettersOf(got)) {
		return "the order within an aggregate"
	}
	if _, err := s.run(s.strict, sql); fullGroupBy(errorNumber(err)) {
		return "columns that GROUP BY does not determine"
	}
	if again, err := s.run(s.through, sent); err != nil || !sameRows(got, again) {
		return "another answer the next time"
	}
	if again, err := s.run(s.other, sql); err != nil || !sameRows(want, again) {
		return "another answer with other plans"
	}
	return ""
}

var aggregates = regexp.MustCompile(`(?i)group_concat|json_arrayagg|json_objectagg`)

// lettersOf sorts the bytes of each row.
func lettersOf(r result) result {
	out := result{rows: slices.Clone(r.rows)}
	for i, row := range out.rows {
		b := []byte(row)
		slices.Sort(b)
		out.rows[i] = string(b)
	}
	return out
}

// fullGroupBy: the errors of ONLY_FULL_GROUP_BY.
func fullGroupBy(number uint16) bool { return number == 1055 || number == 1140 || number == 1463 }

func (s *suite) run(conn *sql.Conn, q string) (result, error) {
	r, err := query(context.Background(), conn, q)
	if err != nil && errorNumber(err) == 0 && s.lost == nil {
		s.lost = conn
	}
	return r, err
}

// changed compares the state with that before the last statements of the gate.
func (s *suite) changed(t *testing.T) {
	t.Helper()
	if s.sums == "" {
		return
	}
	if now := s.checksums(t); now == "unknown" || s.sums == "unknown" {
		s.counts["looks at the state that failed"]++
	} else if now != s.sums {
		t.Fatalf("the state changed:\n%s\n%s\none of these statements did it:\n%s", s.sums, now, strings.Join(s.pending, "\n"))
	}
	s.sums, s.pending = "", nil
}

// checksums are those of all tables, and the names of the server's files. CHECKSUM TABLE of a table with a virtual column
// is another one after a SELECT that read the column (10.11), so of such a table the stored columns are read.
func (s *suite) checksums(t *testing.T) string {
	t.Helper()
	rows, err := s.admin.Query("SELECT CONCAT('`', REPLACE(TABLE_SCHEMA, '`', '``'), '`.`', REPLACE(TABLE_NAME, '`', '``'), '`') FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SEQUENCE') AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := strings2(rows)
	if err != nil {
		t.Fatal(err)
	}
	virtual, err := s.admin.Query("SELECT CONCAT_WS(CHAR(0), TABLE_SCHEMA, TABLE_NAME, GROUP_CONCAT(IF(EXTRA LIKE 'VIRTUAL%', NULL, COLUMN_NAME) SEPARATOR '\\0')) " +
		"FROM information_schema.COLUMNS WHERE TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') " +
		"GROUP BY TABLE_SCHEMA, TABLE_NAME HAVING SUM(EXTRA LIKE 'VIRTUAL%') > 0 ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	computed, err := strings2(virtual)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.admin.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var b strings.Builder
	for _, line := range computed {
		parts := strings.Split(line, "\x00")
		for i, name := range parts {
			parts[i] = "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
		table, stored := parts[0]+"."+parts[1], parts[2:]
		names = slices.DeleteFunc(names, func(n string) bool { return n == table })
		sums := "0"
		for i, column := range stored {
			sums += fmt.Sprintf(" + %d * IFNULL(BIT_XOR(CRC32(%s)), 0)", i+1, column)
		}
		r, err := query(t.Context(), conn, "SELECT COUNT(*), "+sums+" FROM "+table)
		if err != nil {
			return "unknown"
		}
		fmt.Fprintln(&b, table, r.rows)
	}
	if len(names) > 0 {
		r, err := query(t.Context(), conn, "CHECKSUM TABLE "+strings.Join(names, ", "))
		if err != nil {
			return "unknown"
		}
		fmt.Fprintln(&b, r.rows)
	}
	fmt.Fprintln(&b, s.unknownFiles())
	return b.String()
}

// unknownFiles lists files in the server's folder that are no tables of its own.
func (s *suite) unknownFiles() []string {
	own := map[string]bool{".frm": true, ".ibd": true, ".MYI": true, ".MYD": true, ".MAI": true, ".MAD": true, ".opt": true, ".par": true, ".TRG": true, ".TRN": true,
		".CSV": true, ".CSM": true, ".MRG": true, ".TMM": true, ".TMD": true, ".isl": true, ".ARZ": true, ".cfg": true}
	var out []string
	_ = filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !own[filepath.Ext(path)] && filepath.Dir(path) != filepath.Clean(s.data) {
			out = append(out, path)
		}
		return nil
	})
	top, err := os.ReadDir(s.data)
	if err == nil {
		for _, f := range top {
			if n := f.Name(); !f.IsDir() && !strings.HasPrefix(n, "ib") && !strings.HasPrefix(n, "aria") && !strings.HasPrefix(n, "undo") && !strings.HasPrefix(n, "#") {
				out = append(out, n)
			}
		}
	}
	return out
}

// log reads the server's own records after a file: the tables that were read, and what the gate's connection received.
func (s *suite) log(t *testing.T, file string) {
	t.Helper()
	var id int64
	if err := s.through.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	rows, err := s.admin.Query("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE thread_id = ? AND command_type NOT IN ('Connect', 'Init DB') AND (argument LIKE '%secrets%' OR argument LIKE '%salaries%' OR argument NOT LIKE '%SELECT%' AND argument NOT LIKE '%VALUES%')", id)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := strings2(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if s.own[text] {
			continue // a connection was lost, and this is how the next one begins
		}
		t.Errorf("the server received on the gate's connection: %.300s", text)
	}
	var n int
	if err := s.admin.QueryRow("SELECT COUNT(*) FROM mysql.general_log WHERE thread_id = ?", id).Scan(&n); err != nil {
		t.Fatal(err)
	}
	s.counts["records in the server's log of the gate's connection"] += n
	var name string
	for _, c := range []string{"Com_insert", "Com_update", "Com_delete", "Com_drop_table", "Com_create_table", "Com_replace", "Com_truncate", "Com_call_procedure"} {
		var v int64
		if err := s.through.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE '"+c+"'").Scan(&name, &v); err != nil {
			t.Fatal(err)
		}
		if v != s.commands[c] {
			t.Errorf("%s: the server counts %s = %d on the gate's connection", file, c, v-s.commands[c])
			s.commands[c] = v
		}
	}
}

// readDifferences reads testdata/mariadb-differences.tsv: gate, file and digest of the statement, reason.
func readDifferences(t *testing.T) map[string]string {
	f, err := os.Open("testdata/mariadb-differences.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if p := strings.SplitN(lines.Text(), "\t", 3); len(p) == 3 {
			out[p[0]+" "+p[1]] = p[2]
		}
	}
	return out
}
