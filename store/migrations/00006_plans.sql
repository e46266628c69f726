-- +goose Up

CREATE TABLE IF NOT EXISTS plans (
  id            VARCHAR(64)  NOT NULL COMMENT 'digest of all that decides the plan',
  draft         MEDIUMTEXT   NOT NULL COMMENT 'JSON; empty = a proxy is making it',
  claimed_by    VARCHAR(32)  NOT NULL COMMENT 'proxy',
  claimed_until DATETIME(6)  NOT NULL COMMENT 'UTC',
  made_at       DATETIME(6)  NOT NULL COMMENT 'UTC',
  expires_at    DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  KEY plans_expires (expires_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'drafts of models, shared by proxies';

-- +goose Down

DROP TABLE IF EXISTS plans;
