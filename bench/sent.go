package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// sent is the text that askwire sends to the server for a statement with one parameter: the server's general log tells. The
// parameter is a ? in both, and may be there more than once, because a condition is copied to where it narrows the most.
func (w *world) sent(ctx context.Context, t target, statement string) (string, error) {
	db, err := sql.Open("mysql", "root@tcp("+w.direct.addr+")/")
	if err != nil {
		return "", err
	}
	defer db.Close()
	for _, q := range []string{"SET GLOBAL log_output = 'TABLE'", "TRUNCATE mysql.general_log", "SET GLOBAL general_log = 1"} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return "", err
		}
	}
	c, err := dial(t)
	if err != nil {
		return "", err
	}
	defer c.close()
	const id = "987654321"
	if _, err := c.query(strings.Replace(statement, "?", id, 1)); err != nil {
		return "", err
	}
	if _, err := db.ExecContext(ctx, "SET GLOBAL general_log = 0"); err != nil {
		return "", err
	}
	var text string
	err = db.QueryRowContext(ctx, "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host LIKE 'reader%' AND argument LIKE ? ORDER BY event_time DESC LIMIT 1",
		"%"+id+"%").Scan(&text)
	if err != nil {
		return "", fmt.Errorf("what was sent for %q: %w", statement, err)
	}
	return strings.ReplaceAll(text, id, "?"), nil
}
