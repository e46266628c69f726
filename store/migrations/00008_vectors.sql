-- +goose Up

CREATE TABLE IF NOT EXISTS vectors (
  id       VARCHAR(64) NOT NULL COMMENT 'digest of model and text',
  numbers  MEDIUMTEXT  NOT NULL COMMENT 'base64 of 32-bit floats, little end first',
  made_at  DATETIME(6) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  KEY vectors_made (made_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'embeddings, so that a text is paid for once';

-- +goose Down

DROP TABLE IF EXISTS vectors;
