-- +goose Up

CREATE TABLE IF NOT EXISTS `tables` (
  backend       VARCHAR(128)  NOT NULL DEFAULT '' COMMENT 'empty = every backend',
  database_name VARCHAR(64)   NOT NULL,
  table_name    VARCHAR(64)   NOT NULL,
  name_ko       VARCHAR(200)  NOT NULL DEFAULT '',
  name_en       VARCHAR(200)  NOT NULL DEFAULT '',
  description   VARCHAR(2000) NOT NULL DEFAULT '',
  synonyms      VARCHAR(1000) NOT NULL DEFAULT '' COMMENT 'separated by commas',
  changed_by    VARCHAR(128)  NOT NULL COMMENT 'principal',
  changed_at    DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (backend, database_name, table_name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'names and descriptions of tables, beside those of the files';

CREATE TABLE IF NOT EXISTS `columns` (
  backend       VARCHAR(128)  NOT NULL DEFAULT '' COMMENT 'empty = every backend',
  database_name VARCHAR(64)   NOT NULL,
  table_name    VARCHAR(64)   NOT NULL,
  column_name   VARCHAR(64)   NOT NULL,
  name_ko       VARCHAR(200)  NOT NULL DEFAULT '',
  name_en       VARCHAR(200)  NOT NULL DEFAULT '',
  description   VARCHAR(2000) NOT NULL DEFAULT '',
  synonyms      VARCHAR(1000) NOT NULL DEFAULT '' COMMENT 'separated by commas',
  changed_by    VARCHAR(128)  NOT NULL COMMENT 'principal',
  changed_at    DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (backend, database_name, table_name, column_name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'names and descriptions of columns, beside those of the files';

CREATE TABLE IF NOT EXISTS terms (
  backend       VARCHAR(128)  NOT NULL DEFAULT '' COMMENT 'empty = every backend',
  name          VARCHAR(200)  NOT NULL COMMENT 'what people say',
  synonyms      VARCHAR(1000) NOT NULL DEFAULT '' COMMENT 'separated by commas',
  meaning       VARCHAR(2000) NOT NULL DEFAULT '' COMMENT 'what it means here: SQL or a sentence',
  table_names   VARCHAR(1000) NOT NULL DEFAULT '' COMMENT 'database.table, separated by commas',
  changed_by    VARCHAR(128)  NOT NULL COMMENT 'principal',
  changed_at    DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (backend, name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'the glossary, beside that of the files';

CREATE TABLE IF NOT EXISTS relationships (
  backend       VARCHAR(128)  NOT NULL DEFAULT '' COMMENT 'empty = every backend',
  from_column   VARCHAR(200)  NOT NULL COMMENT 'database.table.column',
  to_column     VARCHAR(200)  NOT NULL COMMENT 'database.table.column',
  changed_by    VARCHAR(128)  NOT NULL COMMENT 'principal',
  changed_at    DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (backend, from_column, to_column)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'joins that the database does not declare, beside those of the files';

CREATE TABLE IF NOT EXISTS drift (
  id            VARCHAR(32)   NOT NULL COMMENT 'of what changed, so that several proxies write one row',
  found_at      DATETIME(6)   NOT NULL COMMENT 'UTC',
  backend       VARCHAR(128)  NOT NULL,
  database_name VARCHAR(64)   NOT NULL,
  table_name    VARCHAR(64)   NOT NULL,
  column_name   VARCHAR(64)   NOT NULL COMMENT 'empty = the table itself',
  kind          VARCHAR(16)   NOT NULL COMMENT 'added, dropped, type, keys, or text: comments and defaults',
  was           TEXT          NOT NULL,
  is_now        TEXT          NOT NULL,
  PRIMARY KEY (id),
  KEY drift_found (found_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'what changed in the databases while askwire looked';

INSERT IGNORE INTO versions (name, version, changed_at) VALUES ('annotations', 0, '2000-01-01'), ('drift', 0, '2000-01-01');

-- +goose Down

DELETE FROM versions WHERE name IN ('annotations', 'drift');
DROP TABLE IF EXISTS drift;
DROP TABLE IF EXISTS relationships;
DROP TABLE IF EXISTS terms;
DROP TABLE IF EXISTS `columns`;
DROP TABLE IF EXISTS `tables`;
