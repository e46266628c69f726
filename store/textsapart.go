package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// textsApart is the migration that gives the texts of questions that come again a table of their own. query_log, which people read,
// becomes a view on the records, with their texts from wherever they are; so it looks as before.
//
// It looks before each step what is there: DDL is not transactional, and a process that dies between two must not block the next one.
var textsApart = goose.NewGoMigration(11,
	&goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
		if _, err := db.ExecContext(ctx, createTexts); err != nil {
			return err
		}
		old, err := isTable(ctx, db, "query_log")
		if err == nil && old {
			_, err = db.ExecContext(ctx, "RENAME TABLE query_log TO query_records")
		}
		if err != nil {
			return err
		}
		has, err := hasColumn(ctx, db, "query_records", "text_id")
		if err == nil && !has {
			_, err = db.ExecContext(ctx, "ALTER TABLE query_records ADD COLUMN text_id VARBINARY(16) NOT NULL DEFAULT '' COMMENT 'query_texts.id; empty = the texts are in this row'")
		}
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, createLog())
		return err
	}},
	&goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
		if _, err := db.ExecContext(ctx, "DROP VIEW IF EXISTS query_log"); err != nil {
			return err
		}
		has, err := hasColumn(ctx, db, "query_records", "text_id")
		if err == nil && has {
			if _, err = db.ExecContext(ctx, textsBack()); err == nil {
				_, err = db.ExecContext(ctx, "ALTER TABLE query_records DROP COLUMN text_id")
			}
		}
		if err != nil {
			return err
		}
		if renamed, err := isTable(ctx, db, "query_records"); err == nil && renamed {
			if _, err = db.ExecContext(ctx, "RENAME TABLE query_records TO query_log"); err != nil {
				return err
			}
		}
		_, err = db.ExecContext(ctx, "DROP TABLE IF EXISTS query_texts")
		return err
	}})

const createTexts = `CREATE TABLE IF NOT EXISTS query_texts (
  id            VARBINARY(16) NOT NULL COMMENT 'digest of the row',
  last_at       DATETIME(6)   NOT NULL COMMENT 'UTC; at most an hour before the latest record that has them',
  account       VARCHAR(128)  NOT NULL,
  profile       VARCHAR(128)  NOT NULL,
  kind          VARCHAR(16)   NOT NULL,
  backend       VARCHAR(128)  NOT NULL,
  database_name VARCHAR(64)   NOT NULL,
  question      TEXT          NOT NULL,
  draft         MEDIUMTEXT    NOT NULL,
  statement     MEDIUMTEXT    NOT NULL,
  table_names   TEXT          NOT NULL,
  trust         VARCHAR(16)   NOT NULL,
  model         VARCHAR(128)  NOT NULL,
  prompt_digest VARCHAR(64)   NOT NULL,
  input_tokens  BIGINT        NOT NULL,
  output_tokens BIGINT        NOT NULL,
  redacted      TINYINT       NOT NULL,
  confidence    DOUBLE        NOT NULL,
  PRIMARY KEY (id),
  KEY query_texts_last_at (last_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'what records of the same question have in common'`

// logColumns are query_log's, in the order that they came in.
var logColumns = []string{"id", "started_at", "user", "profile", "client_address", "kind", "question", "draft", "statement", "table_names", "verdict",
	"trust", "model", "prompt_digest", "input_tokens", "output_tokens", "result_rows", "result_bytes", "plan_ms", "run_ms", "total_ms",
	"error_number", "error", "redacted", "backend", "database_name", "account", "confidence", "follows"}

// createLog is the view with the rights of whoever reads it: its definer may be renamed or dropped. Its index is named because MySQL
// otherwise joins few texts by a hash, and then has to sort all records of a user for the latest.
func createLog() string {
	columns := make([]string, len(logColumns))
	for i, c := range logColumns {
		columns[i] = "r.`" + c + "` AS `" + c + "`"
		if slices.Contains(textColumns, c) {
			columns[i] = "COALESCE(t.`" + c + "`, r.`" + c + "`) AS `" + c + "`"
		}
	}
	return "CREATE OR REPLACE SQL SECURITY INVOKER VIEW query_log AS SELECT " + strings.Join(columns, ", ") +
		" FROM query_records r LEFT JOIN query_texts t FORCE INDEX (`PRIMARY`) ON t.id = r.text_id"
}

// textsBack puts the texts into the rows again.
func textsBack() string {
	set := make([]string, len(textColumns))
	for i, c := range textColumns {
		set[i] = "r.`" + c + "` = t.`" + c + "`"
	}
	return "UPDATE query_records r JOIN query_texts t ON t.id = r.text_id SET " + strings.Join(set, ", ")
}

// isTable reports whether a table, not a view, has the name.
func isTable(ctx context.Context, db *sql.DB, name string) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND table_type = 'BASE TABLE'", name).Scan(&n)
	return n > 0, err
}
