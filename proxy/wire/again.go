package wire

import (
	"context"

	"github.com/askwire/askwire/guard"
)

const (
	keepAfter = 3   // times that a connection sends a text before it has the server keep it
	maxKept   = 32  // statements that the server keeps for a connection
	maxSeen   = 128 // texts that a connection counts
)

// again are the statements that a connection is sent over and over. The server is told to keep them read: PREPARE … FROM and
// EXECUTE, whose answers are in the text protocol, as the text's own are.
type again struct {
	seen map[againKey]*seen
	kept [maxKept]*seen // by number
	next int            // the number to be given next
}

// againKey: what a text means may depend on what the session layer has set.
type againKey struct {
	text   string
	pinned any
}

type seen struct {
	key   againKey
	times int
	never bool            // the server would not keep it as it is
	run   guard.Statement // valid = it is kept
}

// QueryAgain is Query of a statement that is expected to come again and again. The answer is that of Query, and so is an error of the
// server's.
func (b *Backend) QueryAgain(ctx context.Context, s guard.Statement) error {
	if !s.Valid() || b.Pinned == nil {
		return b.Query(s)
	}
	x := b.again.count(againKey{s.Text(), b.Pinned})
	if !x.run.Valid() && !x.never && x.times > keepAfter {
		if err := b.keepRead(ctx, s, x); err != nil {
			return err
		}
	}
	if x.run.Valid() {
		return b.sendStatement(COM_QUERY, x.run)
	}
	return b.Query(s)
}

// NotAgain says that the server warned of a statement when it carried it out. It then goes as text for ever: a server may warn once, when
// it reads a statement, of what it does each time.
func (b *Backend) NotAgain(s guard.Statement) {
	x := b.again.count(againKey{s.Text(), b.Pinned})
	x.never, x.run = true, guard.Statement{}
}

// count finds a text, or counts it from now on.
func (a *again) count(key againKey) *seen {
	x := a.seen[key]
	if x == nil {
		if a.seen == nil || len(a.seen) >= maxSeen {
			a.seen = make(map[againKey]*seen)
			for _, k := range a.kept {
				if k != nil {
					a.seen[k.key] = k
				}
			}
		}
		x = &seen{key: key}
		a.seen[key] = x
	}
	x.times++
	return x
}

// keepRead has the server keep a statement. One that it refuses, or warns of, is sent as text for ever: it is the text's answer that
// says why. A PREPARE that fails with its connection has run nothing, so the statement may go by another one.
func (b *Backend) keepRead(ctx context.Context, s guard.Statement, x *seen) error {
	a := &b.again
	n := a.next
	st, ok := guard.ControlKeep(n, s)
	if !ok {
		x.never = true
		return nil
	}
	a.next = (n + 1) % maxKept
	if old := a.kept[n]; old != nil { // the server forgets it when it reads the new one
		delete(a.seen, old.key)
		old.run = guard.Statement{}
		a.kept[n] = nil
	}
	done, err := b.Exec(ctx, st)
	switch _, refused := IsServerError(err); {
	case refused && ctx.Err() != nil: // it was told to end this, and must not begin the statement
		return b.stopped(ctx, err)
	case refused:
		x.never = true
	case err != nil:
		b.unsent = true
		return err
	case done.Warnings > 0:
		x.never = true
	default:
		x.run = guard.ControlAgain(n)
		a.kept[n] = x
	}
	return nil
}
