package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const soakVisit = 30 // statements of a visit

// rightPoint checks a row of bench.points, whose values follow from its id, and whose phone is masked.
func rightPoint(id, k int64, phone string) error {
	last := fmt.Sprintf("%08d", id)[4:]
	if k != id*7919%100003 || !strings.HasPrefix(phone, "010") || !strings.HasSuffix(phone, last) || !strings.Contains(phone, "*") {
		return fmt.Errorf("point %d: k %d, phone %q", id, k, phone)
	}
	return nil
}

func equal(got, want int64) error {
	if got != want {
		return fmt.Errorf("got %d, want %d", got, want)
	}
	return nil
}

// pointSelect has a number of its own, so that there are a few hundred texts of it: prepared ones are forgotten and prepared again on the
// connections to the server.
func (v visit) pointSelect() string {
	return fmt.Sprintf("SELECT id, k, phone, %d AS visit FROM bench.points WHERE id = ", v.rnd.IntN(300))
}

func soakText(v visit, c *sql.Conn) error {
	text := v.pointSelect()
	return v.points(func(id int64) *sql.Row { return c.QueryRowContext(v.ctx, text+strconv.FormatInt(id, 10)) })
}

func soakPrepared(v visit, c *sql.Conn) error {
	st, err := c.PrepareContext(v.ctx, v.pointSelect()+"?")
	if err != nil {
		return reported(err)
	}
	defer st.Close()
	row := st.QueryRowContext
	return v.points(func(id int64) *sql.Row { return row(v.ctx, id) })
}

// points looks points up and checks what comes.
func (v visit) points(row func(id int64) *sql.Row) error {
	return v.often(soakVisit, func(id int64) error {
		var got, k, visit int64
		var phone string
		if err := row(id).Scan(&got, &k, &phone, &visit); err != nil {
			return reported(err)
		}
		return errors.Join(rightPoint(got, k, phone), equal(got, id))
	})
}

func soakPreparedAsk(v visit, c *sql.Conn) error {
	st, err := c.PrepareContext(v.ctx, "ASK 'points of k ?' USING summary = 'off'")
	if err != nil {
		return reported(err)
	}
	defer st.Close()
	return v.often(10, func(id int64) error { return pointOfK(v.ctx, st, id) })
}

// often does something n times with the id of a point, and counts it.
func (v visit) often(n int, fn func(id int64) error) error {
	for range n {
		if err := fn(v.rnd.Int64N(points) + 1); err != nil {
			return err
		}
		v.done.Add(1)
		v.r.pause(v.ctx)
	}
	return nil
}

// pointOfK asks for the points that share a point's k, which must be among them.
func pointOfK(ctx context.Context, st *sql.Stmt, id int64) error {
	rows, err := st.QueryContext(ctx, id*7919%100003)
	if err != nil {
		return reported(err)
	}
	defer rows.Close()
	found := false
	for rows.Next() {
		var got, k int64
		var text, phone string
		if err := rows.Scan(&got, &k, &text, &phone); err != nil {
			return err
		}
		if err := rightPoint(got, k, phone); err != nil {
			return err
		}
		found = found || got == id
	}
	if err := rows.Err(); err != nil {
		return reported(err)
	}
	if !found {
		return fmt.Errorf("point %d was not among those of its k", id)
	}
	return nil
}

func soakTransactions(v visit, c *sql.Conn) error {
	for range 5 {
		if _, err := c.ExecContext(v.ctx, "BEGIN"); err != nil {
			return reported(err)
		}
		for range 3 {
			var n int64
			if err := c.QueryRowContext(v.ctx, "SELECT COUNT(*) FROM bench.points WHERE id <= 500").Scan(&n); err != nil {
				return reported(err)
			}
			if err := equal(n, 500); err != nil {
				return err
			}
			v.r.pause(v.ctx)
		}
		end := "COMMIT"
		switch v.rnd.IntN(4) {
		case 0:
			end = "ROLLBACK"
		case 1:
			return nil // leaves in the middle of it
		}
		if _, err := c.ExecContext(v.ctx, end); err != nil {
			return reported(err)
		}
		v.done.Add(1)
	}
	return nil
}
