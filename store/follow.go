package store

import (
	"context"
	"errors"
	"time"

	"github.com/askwire/askwire"
)

// Followers are called with what is kept, now and whenever it changes on this proxy or another, one call at a time. Nil
// ones are not. Each call gets all of its kind.
type Followers struct {
	Questions   func([]askwire.SavedQuestion)
	Annotations func([]askwire.Annotation)
	Drift       func([]askwire.Drift)              // the latest first
	Uses        func(map[askwire.SavedUse]float64) // of saved questions; every 10 minutes
}

// followed is one kind that is followed, and the version that was handed over last.
type followed struct {
	name  string
	take  func(ctx context.Context) error
	taken int64
}

// Follow sets the followers. It is called once, before anything is saved.
func (s *Store) Follow(f Followers) {
	s.following.Lock()
	defer s.following.Unlock()
	if f.Questions != nil {
		s.followed = append(s.followed, newFollowed("questions", s.questions, f.Questions))
	}
	if f.Annotations != nil {
		s.followed = append(s.followed, newFollowed("annotations", s.Annotations, f.Annotations))
	}
	if f.Drift != nil {
		s.followed = append(s.followed, newFollowed("drift", s.drift, f.Drift))
	}
	s.takeUses = f.Uses
	s.wakeFollower()
}

func newFollowed[T any](name string, read func(context.Context) ([]T, error), take func([]T)) *followed {
	return &followed{name: name, taken: -1, take: func(ctx context.Context) error {
		list, err := read(ctx)
		if err == nil {
			take(list)
		}
		return err
	}}
}

// follow hands over what has changed since it did last.
func (s *Store) follow(ctx context.Context) error {
	s.following.Lock()
	defer s.following.Unlock()
	if len(s.followed) == 0 {
		return nil
	}
	versions, err := s.versions(ctx)
	if err != nil {
		return err
	}
	for _, f := range s.followed {
		version := versions[f.name]
		if version == f.taken {
			continue
		}
		// The version was read before what it stands for: a change between the two is read twice rather than never.
		if err := f.take(ctx); err != nil {
			return err
		}
		f.taken = version
	}
	return nil
}

func (s *Store) versions(ctx context.Context) (map[string]int64, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT name, version FROM versions")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[string]int64)
	for rows.Next() {
		var name string
		var version int64
		if err := rows.Scan(&name, &version); err != nil {
			return nil, err
		}
		out[name] = version
	}
	return out, rows.Err()
}

// followLoop looks at the version now and then: another proxy may have changed the questions.
func (s *Store) followLoop(ctx context.Context) {
	ticker := time.NewTicker(s.opts.poll)
	defer ticker.Stop()
	for {
		changed := s.health.changed()
		if s.health.ready() {
			look, stop := context.WithTimeout(ctx, pollTimeout)
			if err := errors.Join(s.follow(look), s.followUses(look)); err != nil && ctx.Err() == nil {
				s.log.Warn("store: what other proxies changed could not be read; trying again", "error", err)
			}
			stop()
		}
		select {
		case <-ticker.C:
		case <-changed:
		case <-s.lookNow:
		case <-s.stop:
			return
		}
	}
}

func (s *Store) wakeFollower() {
	select {
	case s.lookNow <- struct{}{}:
	default:
	}
}
