// Package askwire holds the words of the project: the domain types that its rooms hand to each other, and the error codes.
//
// It imports the standard library only and does nothing by itself. The rooms are guard (may this SQL run, and what exactly
// is sent), catalog (what is in the database), nl (from question to statement to summary), store (what must be
// remembered), proxy (the MySQL protocol to both sides) and generators (sample data); cmd/askwire plugs them together.
//
// Values of these types are shared between goroutines and are not changed once handed over.
package askwire

import (
	"context"
	"time"
)

// Family is a kind of server, as far as SQL and protocol differ.
type Family string

const (
	MariaDB  Family = "mariadb"
	MySQL    Family = "mysql"
	TiDB     Family = "tidb"
	Embedded Family = "embedded" // the light demo engine
)

// Server says what a backend is.
type Server struct {
	Family     Family
	Version    string // as the server greets, such as "10.11.14-MariaDB"
	Major      int
	Minor      int
	LowerCase  int               // lower_case_table_names: 0, 1 or 2
	Vectors    bool              // VECTOR columns and distance functions
	TimeZone   string            // the server's @@time_zone, resolved where it says SYSTEM
	Variables  map[string]string // SHOW GLOBAL VARIABLES of the harmless kind, lower-case names
	Collations []string
}

// AtLeast reports whether the version is major.minor or later.
func (s Server) AtLeast(major, minor int) bool {
	return s.Major > major || s.Major == major && s.Minor >= minor
}

// Clock tells the time; tests bring their own.
type Clock func() time.Time

type idKey struct{}

// WithID marks ctx with the question's id, for logs.
func WithID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// IDFrom returns the id set by WithID, or "".
func IDFrom(ctx context.Context) string { id, _ := ctx.Value(idKey{}).(string); return id }
