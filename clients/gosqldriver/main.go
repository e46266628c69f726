// Command gosqldriver is the client go-sql-driver/mysql of the suite: the text protocol without arguments, a server-side
// prepared statement with them. It cancels by its context, which hangs up.
package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// client is one session, and the transaction that is open in it.
type client struct {
	db *sql.DB
	c  *sql.Conn
	tx *sql.Tx
}

type step map[string]any

func run() error {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = os.Getenv("DB_USER"), os.Getenv("DB_PASSWORD"), "tcp", os.Getenv("DB_HOST")+":"+os.Getenv("DB_PORT"), os.Getenv("DB_NAME")
	db, err := sql.Open("mysql", c.FormatDSN())
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	text, err := os.ReadFile(os.Getenv("STEPS"))
	if err != nil {
		return err
	}
	me := &client{db: db, c: conn}
	for line := range strings.Lines(string(text)) {
		out, err := me.step(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		if err != nil {
			return err
		}
		b, err := json.Marshal(out)
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	}
	return me.c.Close()
}

// step runs a line. A MySQL error is a result, every other one is not.
func (c *client) step(f []string) (out step, err error) {
	out = step{"name": f[1]}
	switch ctx := context.Background(); f[0] {
	case "query":
		err = c.table(ctx, out, f[2])
	case "prepare":
		var args []any
		for _, a := range f[3:] {
			v, err := argument(a)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		err = c.prepared(ctx, out, f[2], args)
	case "rows":
		err = c.count(ctx, out, f[2])
	case "begin":
		c.tx, err = c.c.BeginTx(ctx, nil)
	case "commit":
		err = c.tx.Commit()
		c.tx = nil
	case "cancel":
		err = c.cancel(out, f[2])
	default:
		return nil, fmt.Errorf("unknown step %s", f[0])
	}
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		out["error"] = step{"number": e.Number, "sqlstate": string(e.SQLState[:]), "message": e.Message}
		return out, nil
	}
	return out, err
}

func (c *client) table(ctx context.Context, out step, query string) error {
	rows, err := c.c.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	return read(out, rows)
}

func (c *client) prepared(ctx context.Context, out step, query string, args []any) error {
	s, err := c.c.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer s.Close()
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return read(out, rows)
}

func (c *client) count(ctx context.Context, out step, query string) error {
	rows, err := c.c.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	count, sum := 0, 0
	for rows.Next() {
		var n int
		var label string
		if err := rows.Scan(&n, &label); err != nil {
			return err
		}
		count, sum = count+1, sum+n
	}
	out["count"], out["sum"] = count, sum
	return rows.Err()
}

func (c *client) cancel(out step, query string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	err = c.table(ctx, step{}, query)
	out["deadline"] = errors.Is(err, context.DeadlineExceeded)
	if err := c.c.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	c.c, err = c.db.Conn(context.Background())
	return err
}

func argument(text string) (any, error) {
	kind, value, _ := strings.Cut(text, ":")
	switch kind {
	case "n":
		return nil, nil //nolint:nilnil // a NULL
	case "i":
		return strconv.Atoi(value)
	case "d":
		return strconv.ParseFloat(value, 64)
	case "x":
		return hex.DecodeString(value)
	default:
		return value, nil
	}
}

// read prints columns and rows; a value is shown with its type.
func read(out step, rows *sql.Rows) error {
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	columns := []any{}
	for _, t := range types {
		length, hasLength := t.Length()
		precision, scale, hasScale := t.DecimalSize()
		nullable, knowsNull := t.Nullable()
		columns = append(columns, []any{t.Name(), t.DatabaseTypeName(), length, hasLength, precision, scale, hasScale, nullable, knowsNull, t.ScanType().String()})
	}
	all := []any{}
	for rows.Next() {
		values, into := make([]any, len(types)), make([]any, len(types))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			switch v := v.(type) {
			case nil:
			case []byte:
				values[i] = fmt.Sprintf("bytes:%q", v)
			default:
				values[i] = fmt.Sprintf("%T:%v", v, v)
			}
		}
		all = append(all, values)
	}
	out["columns"], out["rows"] = columns, all
	return rows.Err()
}
