package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// hangUps measures how long after a client's hang-up what it waited for has ended: the query on the server, seen in its process
// list, and the call of the model, seen by the model.
func hangUps(ctx context.Context, s settings, w *world, rep *report) error {
	db, err := sql.Open("mysql", "root@tcp("+w.direct.addr+")/")
	if err != nil {
		return err
	}
	defer db.Close()
	running := func() (bool, error) {
		var n int
		err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'reader' AND COMMAND = 'Query'").Scan(&n)
		return n > 0, err
	}
	until := func(want bool) (time.Time, error) {
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if is, err := running(); err != nil || is == want {
				return time.Now(), err
			}
		}
		return time.Time{}, errors.New("waited in vain for the server's query to begin or end")
	}
	const long = "SELECT COUNT(*) FROM bench.big a JOIN bench.big b ON a.a = b.a WHERE a.f + b.f < 0"
	took := map[string][]time.Duration{}
	for range 4 * s.rounds {
		c, err := dial(w.gated)
		if err != nil {
			return err
		}
		if err := c.send(3, long); err != nil {
			return err
		}
		if _, err := until(true); err != nil {
			return err
		}
		begin := time.Now()
		c.close()
		end, err := until(false)
		if err != nil {
			return err
		}
		took["query"] = append(took["query"], end.Sub(begin))

		if c, err = dial(w.gated); err != nil {
			return err
		}
		if err := c.send(3, "ASK 'there is no answer to this'"); err != nil {
			return err
		}
		<-w.model.waiting
		begin = time.Now()
		c.close()
		took["model call"] = append(took["model call"], (<-w.model.left).Sub(begin))
	}
	fmt.Println()
	for _, what := range []string{"query", "model call"} {
		t := took[what]
		slices.Sort(t)
		fmt.Printf("after a hang-up the %s has ended within %s (median), %s (at most), %d times\n", what,
			t[len(t)/2].Round(100*time.Microsecond), t[len(t)-1].Round(100*time.Microsecond), len(t))
		rep.line("HangUp/"+what, len(t), float64(t[len(t)/2].Nanoseconds()), fmt.Sprintf("%d max-ns", t[len(t)-1].Nanoseconds()))
	}
	return nil
}
