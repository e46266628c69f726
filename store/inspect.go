package store

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/askwire/askwire"
)

// Inspection is what a look at a store has found.
type Inspection struct {
	Exists    bool  // the schema does
	Version   int64 // of its tables; 0 = there are none yet
	Wanted    int64 // version of the tables that this askwire works with: those of older versions are migrated at the start
	Grants    []string
	Questions []askwire.SavedQuestion // kept there
}

// Inspect looks at a store and changes nothing. An error means that it was not reached; what could not be read of one that was
// is in the second error.
func Inspect(ctx context.Context, dsn string) (found *Inspection, unread, err error) {
	config, err := parseDSN(dsn)
	if err != nil {
		return nil, nil, err
	}
	const schema = "askwire"
	db, err := openDB(config, "")
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	in := &Inspection{}
	if in.Grants, err = grants(ctx, db); err != nil {
		return nil, nil, err
	}
	all, err := steps(db)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range all.ListSources() {
		in.Wanted = max(in.Wanted, s.Version)
	}
	in.Exists, in.Version, in.Questions, unread = contents(ctx, db, schema)
	return in, unread, nil
}

func contents(ctx context.Context, db *sql.DB, schema string) (exists bool, version int64, saved []askwire.SavedQuestion, err error) {
	const noDatabase, noTable, denied = 1049, 1146, 1044
	conn, err := db.Conn(ctx) // one connection, so that USE holds
	if err != nil {
		return false, 0, nil, err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "USE `"+schema+"`")
	switch errorNumber(err) {
	case noDatabase, denied: // MySQL tells an account without rights no difference
		return false, 0, nil, nil
	}
	if err != nil {
		return false, 0, nil, err
	}
	err = conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied = 1").Scan(&version)
	if errorNumber(err) == noTable {
		return true, 0, nil, nil
	}
	if err != nil || version < savedSince {
		return true, version, nil, err
	}
	saved, err = readQuestions(ctx, conn, slog.New(slog.DiscardHandler))
	return true, version, saved, err
}

// savedSince is the first version whose questions table is that of today.
const savedSince = 10

func grants(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var g string
		if err := rows.Scan(&g); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}
