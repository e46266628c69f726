package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// explainer is nl's Explainer: the backend's own opinion of a draft, before it is handed out. A draft that the backend
// expects to read more rows than the profile allows is refused, which the model may correct.
type explainer struct{ directory *directory }

const explainRows = 500 // steps of a plan that are looked at

func (e explainer) Explain(ctx context.Context, q *askwire.Question, st guard.Statement) error {
	pool, err := e.directory.pools.of(q.Profile.Backend, q.Snapshot.Server.Family)
	if err != nil {
		return err
	}
	b, err := pool.Get(ctx)
	if err != nil {
		return err
	}
	defer pool.Put(b)
	if err := b.Query(st); err != nil {
		return err
	}
	plan, _, err := b.Collect(ctx, explainRows, 1<<20)
	var se *wire.ServerError
	switch {
	case errors.As(err, &se):
		return draftError(se)
	case err != nil:
		return err
	}
	// The number itself is not told: it may depend on rows that the asker does not see.
	if limit := q.Profile.Limits.ScanRows; limit > 0 && scanEstimate(plan) > float64(limit) {
		return askwire.Errorf(askwire.TooCostly, "The statement would read more rows than this profile allows (%d).", limit).
			WithHint("Narrow it: a shorter period, or a condition on an indexed column.")
	}
	return nil
}

// scanEstimate is how many rows a plan reads, as far as the server says. MariaDB and MySQL give the rows for each pass over a
// table: within one select the passes multiply, selects add up. TiDB gives them for each scan. 0 = no idea.
func scanEstimate(plan askwire.Sample) float64 {
	column := func(names ...string) int {
		return slices.IndexFunc(plan.Columns, func(c string) bool { return slices.Contains(names, strings.ToLower(c)) })
	}
	rows, id := column("rows", "estrows"), column("id")
	if rows < 0 || id < 0 {
		return 0
	}
	tidb := strings.EqualFold(plan.Columns[rows], "estRows")
	selects := map[string]float64{}
	total := 0.0
	for _, r := range plan.Rows {
		if r[rows] == nil {
			continue
		}
		n, err := strconv.ParseFloat(*r[rows], 64)
		if err != nil || math.IsNaN(n) {
			continue
		}
		step := ""
		if r[id] != nil {
			step = *r[id]
		}
		switch {
		case tidb && (strings.Contains(step, "Scan") || strings.Contains(step, "Get")):
			total += n
		case tidb:
		case selects[step] == 0:
			selects[step] = max(n, 1)
		default:
			selects[step] *= max(n, 1)
		}
	}
	for _, n := range selects {
		total += n
	}
	return total
}

// draftError gives the errors that a model can correct their codes; the rest stays as it is and is not repaired. Names in the
// message are from the draft and the caller's scope: the guard admitted them.
func draftError(se *wire.ServerError) error {
	codes := map[uint16]askwire.Code{
		1054: askwire.UnknownColumn, 1052: askwire.AmbiguousColumn, 1066: askwire.DuplicateAlias, 1146: askwire.UnknownTable,
		1064: askwire.Syntax, 1305: askwire.FunctionDenied, 1222: askwire.FieldCountDiffers, 1210: askwire.WrongArguments,
		1055: askwire.Syntax, 1056: askwire.Syntax, 1111: askwire.Syntax, 1140: askwire.Syntax, 1241: askwire.Syntax, 1247: askwire.Syntax,
		1582: askwire.WrongArguments,
	}
	if code, ok := codes[se.Number]; ok {
		return askwire.Errorf(code, "The server says: %s.", strings.TrimSuffix(se.Message, ".")).Wrap(se)
	}
	return se
}
