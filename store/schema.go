package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/askwire/askwire"
)

//go:embed migrations/*.sql
var migrations embed.FS

func parseDSN(dsn string) (*mysql.Config, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil || dsn == "" { // the driver's message may quote the password
		return nil, askwire.Errorf(askwire.WrongValue, "The dsn of the store cannot be read.").
			WithHint("Write it as user:password@tcp(host:3306)/.")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = writeTimeout
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = time.Minute
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = time.Minute
	}
	cfg.AllowAllFiles, cfg.MultiStatements = false, false
	cfg.InterpolateParams = true // one round trip for a group instead of three
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.ConnectionAttributes = "program_name:askwire"
	cfg.Logger = silent{}
	return cfg, nil
}

// silent keeps the driver from writing to standard error: every failure also comes back as an error.
type silent struct{}

func (silent) Print(...any) {}

func openDB(config *mysql.Config, schema string) (*sql.DB, error) {
	cfg := config.Clone()
	cfg.DBName = schema
	cfg.DialFunc = askwire.DialWary
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, askwire.Errorf(askwire.WrongValue, "The dsn of the store cannot be used.").
			WithHint("Check its parameters against the manual of go-sql-driver/mysql.").Wrap(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	db.SetConnMaxLifetime(10 * time.Minute)
	return db, nil
}

// connect makes the schema usable: created when missing, migrated once by each process.
func (s *Store) connect(ctx context.Context) error {
	if s.health.isMigrated() {
		ctx, stop := context.WithTimeout(ctx, writeTimeout)
		defer stop()
		return s.db.PingContext(ctx)
	}
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	err := s.db.PingContext(ctx)
	if errorNumber(err) == 1049 { // unknown database
		if err = s.createSchema(ctx); err == nil {
			err = s.db.PingContext(ctx)
		}
	}
	if err != nil {
		return err
	}
	s.health.setMaking()
	return s.migrate(ctx)
}

func (s *Store) createSchema(ctx context.Context) error {
	db, err := openDB(s.config, "")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS `"+s.schema+"` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	return err
}

// migrate applies what is missing. Proxies that start together take turns by goose's lock table; one that has nothing to
// do does not wait for it.
func (s *Store) migrate(ctx context.Context) error {
	locker, err := lock.NewMySQLTableLocker(
		lock.WithTableLockTimeout(200*time.Millisecond, 300),
		lock.WithTableUnlockTimeout(200*time.Millisecond, 50),
		lock.WithTableLogger(s.log),
	)
	if err != nil {
		return err
	}
	provider, err := steps(s.db, goose.WithLocker(locker))
	if err != nil {
		return err
	}
	if pending, err := provider.HasPending(ctx); err == nil && !pending {
		return nil
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return err
	}
	if len(applied) > 0 {
		s.log.Info("store: schema migrated", "schema", s.schema, "migrations", len(applied))
	}
	return nil
}

// steps are all migrations.
func steps(db *sql.DB, more ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectMySQL, db, files, append(more, goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(addColumns(3, placeColumns...), addColumns(5, accountColumns...), addColumns(7, confidenceColumns...), addColumns(9, followsColumns...), addColumns(10, paramsColumns...), textsApart))...)
}

// newColumn is a column that a migration adds to a table.
type newColumn struct{ table, name, definition string }

var (
	placeColumns = []newColumn{
		{"query_log", "backend", "VARCHAR(128) NOT NULL DEFAULT '' COMMENT 'of the profile'"},
		{"query_log", "database_name", "VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'default database of the draft'"},
	}
	accountColumns    = []newColumn{{"query_log", "account", "VARCHAR(128) NOT NULL DEFAULT '' COMMENT 'the service account that asked for the user; empty = the user itself'"}}
	followsColumns    = []newColumn{{"query_log", "follows", "VARCHAR(32) NOT NULL DEFAULT '' COMMENT 'id of the question that this one follows up on'"}}
	paramsColumns     = []newColumn{{"questions", "parameters", "VARCHAR(4000) NOT NULL DEFAULT '' COMMENT 'JSON: {name} in the question is :name in the statement; type and default'"}}
	confidenceColumns = []newColumn{{"query_log", "confidence", "DOUBLE NOT NULL DEFAULT 0 COMMENT 'part of the candidates that agreed; 0 = there was one draft'"}}
)

// addColumns is a migration that adds columns. DDL is not transactional, and ADD COLUMN IF NOT EXISTS is
// MariaDB's alone, so it looks first: a process that dies between two columns must not block the next one.
func addColumns(version int64, columns ...newColumn) *goose.Migration {
	each := func(want bool, statement func(newColumn) string) *goose.GoFunc {
		return &goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
			for _, c := range columns {
				has, err := hasColumn(ctx, db, c.table, c.name)
				if err == nil && has == want {
					_, err = db.ExecContext(ctx, "ALTER TABLE "+c.table+" "+statement(c))
				}
				if err != nil {
					return err
				}
			}
			return nil
		}}
	}
	return goose.NewGoMigration(version,
		each(false, func(c newColumn) string { return "ADD COLUMN " + c.name + " " + c.definition }),
		each(true, func(c newColumn) string { return "DROP COLUMN " + c.name }))
}

func hasColumn(ctx context.Context, db *sql.DB, table, column string) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?",
		table, column).Scan(&n)
	return n > 0, err
}

func errorNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}
