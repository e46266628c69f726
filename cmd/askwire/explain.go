package main

import (
	"context"
	"errors"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy"
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
	if limit := q.Profile.Limits.ScanRows; limit > 0 && proxy.ScanEstimate(plan) > float64(limit) {
		return proxy.TooManyRowsRead(limit)
	}
	return nil
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
