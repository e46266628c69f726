package proxy

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// config is a client's, as the user.
func (h *house) config(user string, params map[string]string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = user, "secret", "tcp", h.addr, h.db
	c.AllowNativePasswords = true
	c.Params = params
	return c
}

func (h *house) client(change ...func(*mysql.Config)) *sql.DB {
	h.t.Helper()
	return h.clientOf("ana", change...)
}

func (h *house) clientOf(user string, change ...func(*mysql.Config)) *sql.DB {
	h.t.Helper()
	c := h.config(user, nil)
	for _, fn := range change {
		fn(c)
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		h.t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	h.t.Cleanup(func() { _ = db.Close() })
	return db
}

// conn is one session.
func (h *house) conn(change ...func(*mysql.Config)) *sql.Conn {
	h.t.Helper()
	return h.one(h.client(change...))
}

func (h *house) one(db *sql.DB) *sql.Conn {
	h.t.Helper()
	c, err := db.Conn(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// table runs a query and prints its result: headings, then a line for each row.
func table(t *testing.T, q querier, query string, args ...any) string {
	t.Helper()
	out, err := tryTable(t, q, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

func tryTable(t *testing.T, q querier, query string, args ...any) (string, error) {
	t.Helper()
	rows, err := q.QueryContext(t.Context(), query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	lines := []string{strings.Join(columns, "|")}
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		refs := make([]any, len(columns))
		for i := range values {
			refs[i] = &values[i]
		}
		if err := rows.Scan(refs...); err != nil {
			return "", err
		}
		cells := make([]string, len(columns))
		for i, v := range values {
			if cells[i] = v.String; !v.Valid {
				cells[i] = "NULL"
			}
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n"), rows.Err()
}

func do(t *testing.T, q querier, query string, args ...any) {
	t.Helper()
	if _, err := q.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// number is the error number of a query, 0 without an error.
func number(t *testing.T, q querier, query string, args ...any) int {
	t.Helper()
	_, err := tryTable(t, q, query, args...)
	return errNumber(err)
}

func errNumber(err error) int {
	var e *mysql.MySQLError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return int(e.Number)
	}
	return -1
}
