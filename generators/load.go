package generators

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
)

// batchBytes bounds one INSERT statement; the smallest default max_allowed_packet of the servers is 16 MiB.
const batchBytes = 256 << 10

// Load makes the databases, tables and rows of the chosen domains on the server behind db, and on nothing else of it. It
// writes multi-row INSERTs on one connection, each a transaction of its own. When ctx ends it stops after the running
// batch and leaves what is there; a later call with Replace starts anew. The account needs CREATE, DROP, INSERT and
// REFERENCES on the databases.
func Load(ctx context.Context, db *sql.DB, o Options) error {
	o, chosen, err := o.normal()
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return askwire.Errorf(askwire.BackendUnavailable, "The server for the sample data cannot be reached.").
			WithHint("Check the address and the account.").Wrap(err)
	}
	defer conn.Close()
	run := func(stmt string) error {
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("sample data: %.120s: %w", stmt, err)
		}
		return nil
	}
	if !o.Replace {
		if err := refuseExisting(ctx, conn, chosen); err != nil {
			return err
		}
	}
	return write(o, chosen, run)
}

// refuseExisting is an error that names the first table that is there already.
func refuseExisting(ctx context.Context, conn *sql.Conn, chosen []Domain) error {
	for _, d := range chosen {
		for _, t := range d.Tables {
			var n int
			err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '"+
				d.Name+"' AND table_name = '"+t.Name+"'").Scan(&n)
			if err != nil {
				return fmt.Errorf("sample data: looking for %s.%s: %w", d.Name, t.Name, err)
			}
			if n > 0 {
				return askwire.Errorf(askwire.WrongArguments, "The table %s.%s exists already.", d.Name, t.Name).
					WithHint("Replace the sample tables with --replace, or load into an empty server.")
			}
		}
	}
	return nil
}

// WriteSQL writes what Load does as a file for the mysql client. With Options.Replace the file drops the tables first.
func WriteSQL(w io.Writer, o Options) error {
	o, chosen, err := o.normal()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "-- Sample data of askwire: seed %d, scale %g, day %s.\nSET NAMES utf8mb4;\n",
		o.Seed, o.Scale, dayOf(o.Today)); err != nil {
		return err
	}
	return write(o, chosen, func(stmt string) error {
		_, err := io.WriteString(w, stmt+";\n")
		return err
	})
}

// write hands every statement in order to run: databases, tables, rows.
func write(o Options, chosen []Domain, run func(stmt string) error) error {
	vectors := o.Vectors && HasVectors(o.Family, o.Version)
	for _, d := range chosen {
		if err := run("CREATE DATABASE IF NOT EXISTS " + d.Name + " DEFAULT CHARACTER SET utf8mb4"); err != nil {
			return err
		}
		if o.Replace {
			for i := len(d.Tables) - 1; i >= 0; i-- {
				if err := run("DROP TABLE IF EXISTS " + d.Name + "." + d.Tables[i].Name); err != nil {
					return err
				}
			}
		}
		for _, t := range d.Tables {
			if err := run(t.create(vectors)); err != nil {
				return err
			}
		}
	}
	totals, err := count(o)
	if err != nil {
		return err
	}
	w := &writer{run: run, vectors: vectors, family: o.Family, totals: totals, progress: o.Progress}
	if err := Rows(o, w.add); err != nil {
		return err
	}
	return w.finish()
}

// count returns the number of rows of each table, which the progress needs beforehand.
func count(o Options) (map[string]int64, error) {
	totals := map[string]int64{}
	if o.Progress == nil {
		return totals, nil
	}
	err := Rows(o, func(domain, table string, _ []any) error {
		totals[domain+"."+table]++
		return nil
	})
	return totals, err
}

// writer gathers rows into INSERT statements.
type writer struct {
	run      func(string) error
	vectors  bool
	family   askwire.Family
	totals   map[string]int64
	progress func(domain, table string, done, total int64)

	domain, table string
	head          string
	buf           bytes.Buffer
	rows, done    int64
	embed         bool
}

func (w *writer) add(domain, table string, row []any) error {
	if domain != w.domain || table != w.table {
		if err := w.flush(); err != nil {
			return err
		}
		w.start(domain, table)
	}
	if w.buf.Len() == 0 {
		w.buf.WriteString(w.head)
	} else {
		w.buf.WriteString(",\n")
	}
	w.buf.WriteByte('(')
	for i, v := range row {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.literal(v); err != nil {
			return fmt.Errorf("sample data: %s.%s: %w", domain, table, err)
		}
	}
	if w.embed {
		id, ok := row[0].(int64)
		if !ok {
			return errors.New("sample data: a manual chunk without a number")
		}
		w.buf.WriteByte(',')
		w.vector(Manuals().Chunks[id-1])
	}
	w.buf.WriteByte(')')
	w.rows++
	if w.buf.Len() >= batchBytes {
		return w.flush()
	}
	return nil
}

// start begins a table.
func (w *writer) start(domain, table string) {
	w.domain, w.table, w.done = domain, table, 0
	for _, t := range readSchema(domain) {
		if t.Name != table {
			continue
		}
		names := t.Columns()
		w.embed = w.vectors && len(t.columns) > len(names)
		if w.embed {
			names = append(names, t.columns[len(t.columns)-1].name)
		}
		w.head = "INSERT INTO " + domain + "." + table + " (" + strings.Join(names, ", ") + ") VALUES\n"
	}
	w.report()
}

// flush runs the gathered INSERT.
func (w *writer) flush() error {
	if w.buf.Len() == 0 {
		return nil
	}
	if err := w.run(w.buf.String()); err != nil {
		return err
	}
	w.buf.Reset()
	w.done += w.rows
	w.rows = 0
	w.report()
	return nil
}

func (w *writer) finish() error { return w.flush() }

func (w *writer) report() {
	if w.progress != nil {
		w.progress(w.domain, w.table, w.done, w.totals[w.domain+"."+w.table])
	}
}

// literal writes a value. A backslash means different things under different sql_modes, so none is written at all.
func (w *writer) literal(v any) error {
	switch v := v.(type) {
	case nil:
		w.buf.WriteString("NULL")
	case int64:
		w.buf.Write(strconv.AppendInt(w.buf.AvailableBuffer(), v, 10))
	case string:
		if strings.ContainsAny(v, "\\\x00") {
			return fmt.Errorf("a value with a backslash or a NUL byte: %q", v)
		}
		w.buf.WriteByte('\'')
		w.buf.WriteString(strings.ReplaceAll(v, "'", "''"))
		w.buf.WriteByte('\'')
	default:
		return fmt.Errorf("a value of type %T", v)
	}
	return nil
}

// vector writes an embedding in the server's form.
func (w *writer) vector(v []float32) {
	open, end := "'[", "]'"
	if w.family == askwire.MariaDB {
		open, end = "VEC_FromText('[", "]')"
	}
	w.buf.WriteString(open)
	for i, x := range v {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.buf.Write(strconv.AppendFloat(w.buf.AvailableBuffer(), float64(x), 'g', -1, 32))
	}
	w.buf.WriteString(end)
}
