package main

import (
	"context"
	"errors"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// explainer is nl's Explainer: the backend's own opinion of a draft, before it is handed out.
type explainer struct{ directory *directory }

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
	_, err = b.Exec(ctx, st)
	var se *wire.ServerError
	if errors.As(err, &se) {
		return draftError(se)
	}
	return err
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
		return askwire.Errorf(code, "The server says: %s.", se.Message).Wrap(se)
	}
	return se
}
