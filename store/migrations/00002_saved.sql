-- +goose Up

-- No version before this one has written a saved question, so the table is made anew: its key is an id, as two people may
-- give their questions the same name.
DROP TABLE IF EXISTS questions;

CREATE TABLE IF NOT EXISTS questions (
  id            VARCHAR(32)  NOT NULL,
  name          VARCHAR(128) NOT NULL,
  `user`        VARCHAR(128) NOT NULL COMMENT 'owner',
  backend       VARCHAR(128) NOT NULL,
  database_name VARCHAR(64)  NOT NULL COMMENT 'default database of the statement',
  question      TEXT         NOT NULL COMMENT 'asked in these words, it is answered without a model',
  statement     MEDIUMTEXT   NOT NULL COMMENT 'the SQL before policies; :period1_from and the like are bounds of periods that the question names',
  columns_read  MEDIUMTEXT   NOT NULL COMMENT 'JSON: column and its type when saved or verified',
  verified      TINYINT      NOT NULL COMMENT '1 = answers everybody whose profile admits the statement',
  verified_by   VARCHAR(128) NOT NULL,
  verified_at   DATETIME(6)  NULL COMMENT 'UTC',
  saved_at      DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  UNIQUE KEY questions_name (`user`, name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'saved and verified questions';

CREATE TABLE IF NOT EXISTS feedback (
  query_id VARCHAR(32)  NOT NULL COMMENT 'query_log.id',
  `user`   VARCHAR(128) NOT NULL COMMENT 'principal',
  given_at DATETIME(6)  NOT NULL COMMENT 'UTC',
  good     TINYINT      NOT NULL COMMENT '1 = ASK GOOD, 0 = ASK BAD',
  note     TEXT         NOT NULL,
  PRIMARY KEY (query_id),
  KEY feedback_user (`user`, given_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'what people said about answers';

CREATE TABLE IF NOT EXISTS verify_candidates (
  id            VARCHAR(32)  NOT NULL COMMENT 'query_log.id of one of the times it was asked; for ASK SAVE',
  profile       VARCHAR(128) NOT NULL,
  backend       VARCHAR(128) NOT NULL,
  database_name VARCHAR(64)  NOT NULL,
  question      TEXT         NOT NULL,
  statement     MEDIUMTEXT   NOT NULL COMMENT 'the SQL of the model, before policies',
  asked         BIGINT       NOT NULL COMMENT 'times in the last 30 days',
  users         BIGINT       NOT NULL COMMENT 'principals who asked it',
  last_at       DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'questions that are asked often and that no saved question answers';

CREATE TABLE IF NOT EXISTS versions (
  name       VARCHAR(32) NOT NULL,
  version    BIGINT      NOT NULL COMMENT 'grows with every change of what the name stands for',
  changed_at DATETIME(6) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'how proxies see each other''s changes';

INSERT IGNORE INTO versions (name, version, changed_at) VALUES ('questions', 0, '2000-01-01'), ('candidates', 0, '2000-01-01');

-- +goose Down

DROP TABLE IF EXISTS versions;
DROP TABLE IF EXISTS verify_candidates;
DROP TABLE IF EXISTS feedback;
DROP TABLE IF EXISTS questions;

CREATE TABLE IF NOT EXISTS questions (
  name          VARCHAR(128) NOT NULL,
  `user`        VARCHAR(128) NOT NULL COMMENT 'owner',
  backend       VARCHAR(128) NOT NULL,
  database_name VARCHAR(64)  NOT NULL COMMENT 'default database of the statement',
  phrasings     TEXT         NOT NULL COMMENT 'JSON list; {name} stands for a parameter',
  statement     MEDIUMTEXT   NOT NULL COMMENT ':name stands for a parameter',
  parameters    TEXT         NOT NULL COMMENT 'JSON list',
  verified      TINYINT      NOT NULL,
  verified_by   VARCHAR(128) NOT NULL,
  verified_at   DATETIME(6)  NULL COMMENT 'UTC',
  onboarding    TINYINT      NOT NULL COMMENT '1 = offered to newcomers',
  created_at    DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (name),
  KEY questions_user (`user`)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'saved and verified questions';
