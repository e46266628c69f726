package eval

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// columns of a question file and what they are: the second name of each is an alias that public sets use.
const columns = "id, db, question, evidence, sql, tables"

// Load reads the questions of files: JSON (a list of objects) or CSV (with a header line), by the file's name. Columns are
// id, db, question (or q), evidence, sql and tables ("db.table", in CSV separated by semicolons); gold is the SQL when it is a
// text and the tables when it is a list. A question needs its text and one of sql and tables. Every problem is an error that
// names the file and the place.
func Load(files ...string) ([]Question, error) {
	var all []Question
	seen := map[string]string{}
	for _, file := range files {
		rows, err := readRows(file)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, fmt.Errorf("%s: no questions. Add some, or name another file", file)
		}
		for i, row := range rows {
			q, err := question(row)
			if err != nil {
				return nil, fmt.Errorf("%s: question %d: %w", file, i+1, err)
			}
			if q.ID == "" {
				q.ID = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)) + "-" + strconv.Itoa(i+1)
			}
			if other, twice := seen[q.ID]; twice {
				return nil, fmt.Errorf("%s: question %d: the id %q is also in %s. Give every question its own", file, i+1, q.ID, other)
			}
			seen[q.ID] = file
			all = append(all, q)
		}
	}
	return all, nil
}

func readRows(file string) ([]map[string]any, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	b = []byte(strings.TrimPrefix(string(b), "\ufeff"))
	switch strings.ToLower(filepath.Ext(file)) {
	case ".json":
		var rows []map[string]any
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.UseNumber()
		if err := d.Decode(&rows); err != nil {
			return nil, fmt.Errorf("%s: this is no JSON list of objects (%w). Write [{\"question\": …, \"sql\": …}, …]", file, err)
		}
		return rows, nil
	case ".csv":
		r := csv.NewReader(strings.NewReader(string(b)))
		lines, err := r.ReadAll()
		if err != nil {
			return nil, fmt.Errorf("%s: %w. Put fields with commas or line breaks in double quotes", file, err)
		}
		if len(lines) == 0 {
			return nil, nil
		}
		var rows []map[string]any
		for _, line := range lines[1:] {
			row := map[string]any{}
			for i, name := range lines[0] {
				row[strings.ToLower(strings.TrimSpace(name))] = line[i]
			}
			rows = append(rows, row)
		}
		return rows, nil
	}
	return nil, fmt.Errorf("%s: the name must end in .json or .csv", file)
}

func question(row map[string]any) (Question, error) {
	var q Question
	names := make([]string, 0, len(row))
	for name := range row {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := row[name]
		if value == nil {
			continue
		}
		text, isText := value.(string)
		if n, ok := value.(json.Number); ok {
			text, isText = n.String(), true
		}
		list, isList := value.([]any)
		var err error
		switch name {
		case "id", "i":
			q.ID = text
		case "db", "database":
			q.DB = text
		case "question", "q":
			q.Text = strings.TrimSpace(text)
		case "evidence":
			q.Evidence = strings.TrimSpace(text)
		case "sql":
			q.SQL = strings.TrimSpace(text)
		case "tables":
			if isText {
				q.Tables, err = tableNames(strings.FieldsFunc(text, func(c rune) bool { return c == ';' || c == ',' || c == ' ' }))
			} else {
				q.Tables, err = tablesOf(list)
			}
			isText = isText || isList
		case "gold":
			if isList {
				q.Tables, err = tablesOf(list)
				isText = true
			} else {
				q.SQL = strings.TrimSpace(text)
			}
		case "difficulty":
		default:
			return q, fmt.Errorf("the column %q is not known. Columns are %s", name, columns)
		}
		if err != nil {
			return q, err
		}
		if !isText {
			return q, fmt.Errorf("the column %q is no text. Columns are %s", name, columns)
		}
	}
	switch {
	case q.Text == "":
		return q, fmt.Errorf("the column question is missing or empty; this one has %s. Columns are %s", strings.Join(names, ", "), columns)
	case q.SQL == "" && len(q.Tables) == 0:
		return q, fmt.Errorf("neither sql nor tables is given; this one has %s. Columns are %s", strings.Join(names, ", "), columns)
	}
	return q, nil
}

func tablesOf(list []any) ([]string, error) {
	names := make([]string, len(list))
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("a table's name is no text. Write \"database.table\"")
		}
		names[i] = s
	}
	return tableNames(names)
}

func tableNames(names []string) ([]string, error) {
	for _, n := range names {
		if db, table, ok := strings.Cut(n, "."); !ok || db == "" || table == "" {
			return nil, fmt.Errorf("the table %q has no database. Write \"database.table\"", n)
		}
	}
	return names, nil
}

// Half is a part of a question set: what the search may be tuned on, and what it is judged by.
type Half string

const (
	All    Half = "all"
	Tuning Half = "tuning"
	Test   Half = "test"
)

// Split keeps one half of the questions. The rule is fixed, so that nothing can move between the halves later: the key is the
// database of a question or, with byTables, its gold tables in order; a key whose 32-bit FNV-1a hash is even is for tuning. So
// all questions on one database, or with the same tables, are in one half.
func Split(questions []Question, half Half, byTables bool) []Question {
	if half == All || half == "" {
		return questions
	}
	var out []Question
	for _, q := range questions {
		key := q.DB
		if byTables || key == "" {
			sorted := slices.Sorted(slices.Values(q.Tables))
			key = strings.Join(sorted, " ")
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(key)) // it never fails
		if (h.Sum32()%2 == 0) == (half == Tuning) {
			out = append(out, q)
		}
	}
	return out
}
