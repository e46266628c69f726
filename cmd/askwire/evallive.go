package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/eval"
)

// evalLive measures a running askwire as one of its clients: what its configuration allows is what is measured, guard and
// limits included.
type evalLive struct {
	addr, user, passwordFile, tls, using string

	db *sql.DB
}

func (e *evalLive) start(ctx context.Context, concurrency int) (eval.Measure, func(context.Context, []eval.Result) error, func(), error) {
	password := os.Getenv("ASKWIRE_PASSWORD")
	if e.passwordFile != "" {
		b, err := os.ReadFile(e.passwordFile)
		if err != nil {
			return nil, nil, nil, err
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	if strings.ContainsAny(e.addr, "()/@") || strings.ContainsAny(e.user, ":@/") {
		return nil, nil, nil, errors.New("--addr must be HOST:PORT, and --user a name without : @ and /")
	}
	var err error
	if e.db, err = catalog.OpenDB(fmt.Sprintf("%s:%s@tcp(%s)/?tls=%s", e.user, password, e.addr, e.tls)); err != nil {
		return nil, nil, nil, err
	}
	e.db.SetMaxOpenConns(concurrency)
	if err := e.db.PingContext(ctx); err != nil {
		return nil, nil, nil, errors.Join(unreachable(err, e.addr), e.db.Close())
	}
	return e.measure, e.costs, func() { _ = e.db.Close() }, nil // nothing is lost with the connections
}

// measure asks for the ranking, the receipt (which plans: what a model call takes is in Seconds) and the rows, which come from the
// plan that the receipt made.
func (e *evalLive) measure(ctx context.Context, q *eval.Question) ([]eval.Result, error) {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if q.DB != "" {
		if _, err := conn.ExecContext(ctx, "USE `"+strings.ReplaceAll(q.DB, "`", "``")+"`"); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
	}
	text := quote(strings.TrimSpace(q.Text + " " + q.Evidence))
	r := eval.Result{Subject: "askwire", Reason: eval.OK}
	if len(q.Tables) > 0 {
		ranked, err := readAll(ctx, conn, "ASK TABLES "+text)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		var ids []string
		for _, row := range ranked.Rows {
			ids = append(ids, *row[1])
		}
		r.SetRank(ids, q.Tables)
		if q.SQL == "" {
			if r.Rank == 0 {
				r.Reason = eval.NoTable
			}
			return []eval.Result{r}, nil
		}
	}
	r.Ran = true
	gold, err := e.rows(ctx, conn, q.SQL)
	if err != nil {
		r.Reason, r.Detail = eval.GoldFailed, err.Error()
		return []eval.Result{r}, ctx.Err()
	}
	using := e.using
	if using != "" {
		using = " USING " + using
	}
	start := time.Now()
	receipt, err := readAll(ctx, conn, "EXPLAIN ASK "+text+using)
	r.Seconds = time.Since(start).Seconds()
	if err != nil {
		r.Reason, r.Detail = liveReason(err)
		return []eval.Result{r}, ctx.Err()
	}
	for _, row := range receipt.Rows {
		if row[0] != nil && row[1] != nil {
			readReceipt(&r, *row[0], *row[1])
		}
	}
	if using == "" {
		using = " USING "
	} else {
		using += ", "
	}
	got, err := e.rows(ctx, conn, "ASK "+text+using+"summary = off")
	if err != nil {
		r.Reason, r.Detail = liveReason(err)
		return []eval.Result{r}, ctx.Err()
	}
	r.Reason, r.Detail = eval.Compare(gold, got)
	return []eval.Result{r}, nil
}

func (e *evalLive) rows(ctx context.Context, conn *sql.Conn, statement string) (askwire.Sample, error) {
	r, err := readAll(ctx, conn, statement)
	return askwire.Sample{Columns: r.Columns, Types: r.Types, Rows: r.Rows, Complete: true}, err
}

var receiptTokens = regexp.MustCompile(`^(\d+) in, (\d+) out, (\d+) model calls$`)

func readReceipt(r *eval.Result, item, value string) {
	switch item {
	case "id":
		r.QueryID = value
	case "draft":
		r.SQL = value
	case "tokens":
		if m := receiptTokens.FindStringSubmatch(value); m != nil {
			r.Input, _ = strconv.ParseInt(m[1], 10, 64) // digits: the pattern says so
			r.Output, _ = strconv.ParseInt(m[2], 10, 64)
			r.Calls, _ = strconv.Atoi(m[3])
		}
	}
}

// liveReason sorts the errors that askwire sends by their numbers, as docs/statements.md lists them.
func liveReason(err error) (eval.Reason, string) {
	var me *mysql.MySQLError
	if !errors.As(err, &me) {
		return eval.Failed, err.Error()
	}
	switch me.Number {
	case 50301, 50302, 50307:
		return eval.NoSQL, me.Message
	case 50303, 50304:
		return eval.NoModel, me.Message
	case 50305, 50306, 1142, 1143, 1227, 1235:
		return eval.Refused, me.Message
	}
	return eval.Failed, me.Message
}

// costs fills in what the model calls cost, from the history: it is written behind the answers, so it is read at the end.
func (e *evalLive) costs(ctx context.Context, results []eval.Result) error {
	for i := range results {
		r := &results[i]
		if r.QueryID == "" || r.Calls == 0 {
			continue
		}
		var cost sql.NullFloat64
		err := e.db.QueryRowContext(ctx, "SELECT SUM(cost) FROM askwire.llm_log WHERE query_id = "+quote(r.QueryID)).Scan(&cost)
		if err != nil {
			return fmt.Errorf("the cost is in the history, which cannot be read: %w", err)
		}
		r.Cost = cost.Float64
	}
	return nil
}
