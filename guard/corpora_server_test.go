package guard

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// corpus is a file of testdata/corpora: CREATE TABLE statements, then queries, each after a line "-- name".
type corpus struct {
	name    string
	tables  []*askwire.Table
	creates []string
	queries []testStep // file is the query's name
	words   []string   // short string literals of the queries: the data is made of them
}

var (
	tableSQL  = regexp.MustCompile("(?is)^CREATE TABLE (`[^`]+`|\\w+) \\((.*)\\)$")
	columnSQL = regexp.MustCompile("(?i)(`[^`]+`|\\w+) (\\w+(?:\\([0-9, ]+\\))?)( PRIMARY KEY)?(?:,\\s+|$)")
	wordSQL   = regexp.MustCompile(`'((?:[^'\\]|\\.|'')*)'`)
)

func readCorpus(t testing.TB, file, db string) *corpus {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &corpus{name: strings.TrimSuffix(filepath.Base(file), ".sql")}
	words := map[string]bool{}
	name := ""
	for _, part := range strings.Split(string(b), ";\n") {
		var sql []string
		for _, line := range strings.Split(part, "\n") {
			if n, ok := strings.CutPrefix(line, "-- "); ok {
				name = n
			} else {
				sql = append(sql, line)
			}
		}
		text := strings.TrimSpace(strings.Join(sql, "\n"))
		m := tableSQL.FindStringSubmatch(text)
		switch {
		case text == "":
		case m != nil:
			c.creates = append(c.creates, text)
			tab := &askwire.Table{DB: db, Name: strings.Trim(m[1], "`"), Rows: -1}
			for _, col := range columnSQL.FindAllStringSubmatch(m[2], -1) {
				column := askwire.Column{Name: strings.Trim(col[1], "`"), Type: strings.ToLower(col[2]), Nullable: col[3] == ""}
				column.DataType, _, _ = strings.Cut(column.Type, "(")
				if col[3] != "" {
					tab.PrimaryKey = []string{column.Name}
				}
				tab.Columns = append(tab.Columns, column)
			}
			c.tables = append(c.tables, tab)
		default:
			c.queries = append(c.queries, testStep{file: name, sql: text})
			for _, w := range wordSQL.FindAllStringSubmatch(text, -1) {
				if len(w[1]) > 0 && len(w[1]) <= 40 && !strings.ContainsAny(w[1], "%'\\") {
					words[w[1]] = true
				}
			}
		}
	}
	c.words = slices.Sorted(maps.Keys(words))
	if len(c.queries) == 0 || len(c.tables) == 0 || len(c.words) == 0 {
		t.Fatalf("%s: %d queries, %d tables", file, len(c.queries), len(c.tables))
	}
	return c
}

// row makes row n of a table: keys from 1 to 20, so that joins meet, and words that the queries ask for.
func (c *corpus) row(tab *askwire.Table, n int) string {
	var b strings.Builder
	for i, col := range tab.Columns {
		h := fnv.New32a()
		fmt.Fprint(h, tab.Name, col.Name, n)
		r := int(h.Sum32() >> 3)
		if i > 0 {
			b.WriteString(", ")
		}
		length := 0
		_, _ = fmt.Sscanf(col.Type[strings.IndexByte(col.Type+"(", '('):], "(%d", &length)
		switch {
		case len(tab.PrimaryKey) == 1 && tab.PrimaryKey[0] == col.Name:
			fmt.Fprint(&b, n)
		case col.Nullable && r%23 == 0:
			b.WriteString("NULL")
		case col.DataType == "date":
			fmt.Fprintf(&b, "'%d-%02d-%02d'", 1992+r%10, 1+r/10%12, 1+r/120%28)
		case col.DataType == "datetime":
			fmt.Fprintf(&b, "'%d-%02d-%02d %02d:00:00'", 1992+r%10, 1+r/10%12, 1+r/120%28, r%24)
		case col.DataType == "decimal", col.DataType == "double":
			fmt.Fprintf(&b, "%d.%02d", r%90, r/100%100)
		case strings.HasSuffix(col.DataType, "int"):
			fmt.Fprint(&b, r%20+1)
		default:
			w := c.words[r%len(c.words)]
			if length > 0 && len(w) > length {
				w = w[:length]
			}
			b.WriteString("'" + strings.ReplaceAll(w, "'", "''") + "'")
		}
	}
	return b.String()
}

// load makes the corpus's tables in a database of its own.
func (c *corpus) load(t *testing.T, s *enginetest.Server, db string, rows int) {
	t.Helper()
	conn := s.Open(t, db)
	for i, q := range c.creates {
		mustExec(t, conn, q)
		var values []string
		for n := range rows {
			values = append(values, "("+c.row(c.tables[i], n+1)+")")
		}
		mustExec(t, conn, "INSERT INTO `"+c.tables[i].Name+"` VALUES "+strings.Join(values, ", "))
	}
}

var innerLimit = regexp.MustCompile(`LIMIT\s+\d+\s*\)`)

// TestCorpora: of the analytic queries that a server runs, the gate admits at least 99.5 %; the rows are those of the query sent directly, and every refusal says what to do.
func TestCorpora(t *testing.T) {
	files, err := filepath.Glob("testdata/corpora/*.sql")
	if err != nil || len(files) < 4 {
		t.Fatal(len(files), err)
	}
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		runs, admitted, same := 0, 0, 0
		for _, file := range files {
			db := s.NewDatabase(t)
			c := readCorpus(t, file, db)
			c.load(t, s, db, 60)
			snap := askwire.Snapshot{Backend: "main", Version: 1, Server: askwire.Server{Family: s.Family, Version: s.Version, LowerCase: lowerCase(s.Family)}, Tables: c.tables}
			snap.Server.Major, snap.Server.Minor, _ = versionOf(s.Version)
			g := Gate{Policy: compileProof(t, &askwire.Profile{Name: c.name, Tables: []string{db + ".*"}}, askwire.NewSnapshot(snap)), Session: Session{Database: db}}
			direct, through := pinned(t, s, db), pinned(t, s, "")
			ran, took := 0, 0
			for _, q := range c.queries {
				want, directErr := query(t.Context(), direct, q.sql)
				st, err := g.Check(q.sql)
				if directErr != nil {
					t.Logf("%s %s: the server itself: %v", c.name, q.file, directErr)
					continue
				}
				ran++
				if err != nil {
					var e *askwire.Error
					if !errors.As(err, &e) || e.Hint == "" {
						t.Errorf("%s %s: the refusal does not say what to do: %v", c.name, q.file, err)
					}
					t.Logf("%s %s: refused: %v", c.name, q.file, err)
					continue
				}
				took++
				got, err := query(t.Context(), through, st.Text())
				// With LIMIT and equal keys of the order, only the number of rows is certain, and not even that with LIMIT in a sub-select: TiDB
				// takes another of equal groups each time. Long headers are cut differently by servers.
				limited := strings.Contains(q.sql, "LIMIT") && (len(want.rows) == len(got.rows) || innerLimit.MatchString(q.sql))
				if err != nil || !limited && !sameRows(want, got) {
					t.Errorf("%s %s\nin:  %s\nout: %s\n%v\nwant %.300v\ngot  %.300v", c.name, q.file, q.sql, st.Text(), err, want, got)
					continue
				}
				same++
			}
			t.Logf("%s: %d queries, %d run by the server, %d of them admitted", c.name, len(c.queries), ran, took)
			runs, admitted = runs+ran, admitted+took
		}
		t.Logf("%d run by the server, %d admitted (%.2f %%), %d with the same rows", runs, admitted, 100*float64(admitted)/float64(runs), same)
		if float64(admitted) < 0.995*float64(runs) {
			t.Errorf("only %d of %d are admitted", admitted, runs)
		}
	})
}
