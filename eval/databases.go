package eval

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Case is what a databases file holds for one question: small databases, and answers that models wrote.
type Case struct {
	ID        string
	Answers   map[string]string // model → the text as it came
	Databases []Database
}

// Database is a small database that comes with a question. Its statements are of the file's author: load them only into a
// server that holds nothing else.
type Database struct{ steps []step }

type step struct {
	sql  string
	rows [][]any
}

// LoadCases reads a databases file: a line for each question, JSON, plain or gzip, with id (or i), answers (or preds: model → text)
// and instances (or insts): databases, each a list of ["c", CREATE TABLE …] and ["i", INSERT … VALUES (?, …), [row, …]] with
// names in double quotes and the types INTEGER, REAL, TEXT and DATE.
func LoadCases(file string) (map[string]*Case, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	out := map[string]*Case{}
	b := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := b.ReadBytes('\n')
		if len(strings.TrimSpace(string(line))) > 0 {
			c, err := parseCase(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n, err)
			}
			if out[c.ID] != nil {
				return nil, fmt.Errorf("%s:%d: the id %q is there twice. Give every question its own", file, n, c.ID)
			}
			out[c.ID] = c
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
}

func parseCase(line []byte) (*Case, error) {
	var x struct {
		ID        json.RawMessage       `json:"id"`
		I         json.RawMessage       `json:"i"`
		Answers   map[string]string     `json:"answers"`
		Preds     map[string]string     `json:"preds"`
		Instances [][][]json.RawMessage `json:"instances"`
		Insts     [][][]json.RawMessage `json:"insts"`
	}
	if err := json.Unmarshal(line, &x); err != nil {
		return nil, fmt.Errorf("this is no question with databases (%w). Write {\"id\": …, \"answers\": {…}, \"instances\": […]}", err)
	}
	c := &Case{Answers: x.Answers}
	if x.ID == nil {
		x.ID = x.I
	}
	if c.ID = strings.Trim(string(x.ID), `"`); c.ID == "" {
		return nil, errors.New("the id is missing. Add it")
	}
	if c.Answers == nil {
		c.Answers = x.Preds
	}
	for _, inst := range append(x.Instances, x.Insts...) {
		var d Database
		for _, s := range inst {
			st, err := parseStep(s)
			if err != nil {
				return nil, err
			}
			d.steps = append(d.steps, st)
		}
		c.Databases = append(c.Databases, d)
	}
	if len(c.Databases) == 0 {
		return nil, errors.New("the question has no instances. Add at least one")
	}
	return c, nil
}

func parseStep(s []json.RawMessage) (step, error) {
	bad := errors.New(`a step is neither ["c", "CREATE TABLE …"] nor ["i", "INSERT …", [rows]]. Correct it`)
	var kind string
	var st step
	if len(s) < 2 || json.Unmarshal(s[0], &kind) != nil || json.Unmarshal(s[1], &st.sql) != nil {
		return st, bad
	}
	switch {
	case kind == "c" && len(s) == 2 && strings.HasPrefix(st.sql, "CREATE TABLE "):
		st.sql = mysqlTypes(st.sql)
		return st, nil
	case kind == "i" && len(s) == 3 && strings.HasPrefix(st.sql, "INSERT INTO "):
		d := json.NewDecoder(bytes.NewReader(s[2]))
		d.UseNumber() // digits as they are
		if d.Decode(&st.rows) == nil {
			return st, nil
		}
	}
	return st, bad
}

// mysqlTypes replaces the file's column types, which stand outside of quotes.
func mysqlTypes(create string) string {
	parts := strings.Split(create, `"`)
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer(" INTEGER", " BIGINT", " REAL", " DOUBLE").Replace(parts[i])
	}
	return strings.Join(parts, `"`)
}

const rowsAtOnce = 500

// Load fills an empty database. The connection must be in that database with sql_mode ANSI_QUOTES and without strict mode.
func (d Database) Load(ctx context.Context, conn *sql.Conn) error {
	for _, s := range d.steps {
		if s.rows == nil {
			if _, err := conn.ExecContext(ctx, s.sql); err != nil {
				return fmt.Errorf("%s: %w", s.sql, err)
			}
			continue
		}
		head, marks, ok := strings.Cut(s.sql, " VALUES ")
		if !ok {
			return fmt.Errorf("%s: this has no VALUES", s.sql)
		}
		for rows := s.rows; len(rows) > 0; {
			n := min(rowsAtOnce, len(rows))
			args := make([]any, 0, n*len(rows[0]))
			for _, row := range rows[:n] {
				for _, v := range row {
					if number, ok := v.(json.Number); ok {
						v = number.String()
					}
					args = append(args, v)
				}
			}
			text := head + " VALUES " + strings.TrimSuffix(strings.Repeat(marks+",", n), ",")
			if _, err := conn.ExecContext(ctx, text, args...); err != nil {
				return fmt.Errorf("%s: %w", s.sql, err)
			}
			rows = rows[n:]
		}
	}
	return nil
}
