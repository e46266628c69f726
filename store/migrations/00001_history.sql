-- IF NOT EXISTS: DDL is not transactional, and a process that dies between two tables must not block the next one.
-- +goose Up

CREATE TABLE IF NOT EXISTS query_log (
  id             VARCHAR(32)  NOT NULL COMMENT 'id of the question or statement, as in SHOW WARNINGS',
  started_at     DATETIME(6)  NOT NULL COMMENT 'UTC',
  `user`         VARCHAR(128) NOT NULL COMMENT 'principal',
  profile        VARCHAR(128) NOT NULL,
  client_address VARCHAR(64)  NOT NULL,
  kind           VARCHAR(16)  NOT NULL COMMENT 'ask, sql, run, narrate or plain',
  question       TEXT         NOT NULL COMMENT 'what was typed; empty for plain SQL',
  draft          MEDIUMTEXT   NOT NULL COMMENT 'the SQL of the model, before policies',
  statement      MEDIUMTEXT   NOT NULL COMMENT 'the text that was sent to the backend',
  table_names    TEXT         NOT NULL COMMENT 'tables of the statement, separated by commas',
  verdict        VARCHAR(16)  NOT NULL COMMENT 'begun, allowed, denied or failed; begun = no completion was recorded',
  trust          VARCHAR(16)  NOT NULL COMMENT 'verified, assisted or generated',
  model          VARCHAR(128) NOT NULL COMMENT 'name of the model, or saved:name',
  prompt_digest  VARCHAR(64)  NOT NULL,
  input_tokens   BIGINT       NOT NULL,
  output_tokens  BIGINT       NOT NULL,
  result_rows    BIGINT       NOT NULL,
  result_bytes   BIGINT       NOT NULL,
  plan_ms        DOUBLE       NOT NULL COMMENT 'from question to checked statement',
  run_ms         DOUBLE       NOT NULL COMMENT 'on the backend',
  total_ms       DOUBLE       NOT NULL,
  error_number   INT          NOT NULL COMMENT '0 = none',
  error          TEXT         NOT NULL,
  redacted       TINYINT      NOT NULL COMMENT '1 = literals were masked before this was written',
  PRIMARY KEY (id),
  KEY query_log_user (`user`, started_at),
  KEY query_log_started_at (started_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'one row for each question and each recorded statement';

CREATE TABLE IF NOT EXISTS llm_log (
  id            VARCHAR(32)  NOT NULL,
  query_id      VARCHAR(32)  NOT NULL COMMENT 'query_log.id',
  started_at    DATETIME(6)  NOT NULL COMMENT 'UTC',
  `user`        VARCHAR(128) NOT NULL COMMENT 'principal',
  profile       VARCHAR(128) NOT NULL,
  stage         VARCHAR(16)  NOT NULL COMMENT 'sql, repair, summary, narrate or embed',
  model         VARCHAR(128) NOT NULL,
  question      TEXT         NOT NULL,
  prompt_digest VARCHAR(64)  NOT NULL,
  prompt        MEDIUMTEXT   NOT NULL,
  response      MEDIUMTEXT   NOT NULL,
  input_tokens  BIGINT       NOT NULL,
  output_tokens BIGINT       NOT NULL,
  cost          DOUBLE       NOT NULL COMMENT 'as price_per_mtok has it',
  duration_ms   DOUBLE       NOT NULL,
  error         TEXT         NOT NULL,
  redacted      TINYINT      NOT NULL COMMENT '1 = literals were masked before this was written',
  PRIMARY KEY (id),
  KEY llm_log_query (query_id),
  KEY llm_log_user (`user`, started_at),
  KEY llm_log_started_at (started_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'one row for each call of a model';

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

CREATE TABLE IF NOT EXISTS quota (
  `user`    VARCHAR(128) NOT NULL COMMENT 'principal',
  day       DATE         NOT NULL COMMENT 'in the time zone of the proxies',
  questions BIGINT       NOT NULL,
  tokens    BIGINT       NOT NULL,
  PRIMARY KEY (`user`, day)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'what each principal has used on each day';

-- +goose Down

DROP TABLE IF EXISTS quota;
DROP TABLE IF EXISTS questions;
DROP TABLE IF EXISTS llm_log;
DROP TABLE IF EXISTS query_log;
