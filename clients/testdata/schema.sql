CREATE TABLE customers (
  id INT NOT NULL PRIMARY KEY COMMENT 'number of the customer',
  name VARCHAR(40) NOT NULL,
  grade ENUM('gold', 'silver', 'bronze') NOT NULL DEFAULT 'bronze',
  spent DECIMAL(12,2) NOT NULL DEFAULT 0,
  born DATE NULL,
  KEY by_grade (grade, born),
  UNIQUE KEY by_name (name)
) DEFAULT CHARSET = utf8mb4 COMMENT = 'who buys';
INSERT INTO customers VALUES
  (1, '김민지', 'gold', 1250.50, '1990-02-28'), (2, 'Ana', 'silver', 99.99, NULL), (3, 'Bob', 'gold', 0.01, '1971-12-31'),
  (4, '이서준', 'bronze', 10, '2001-01-01'), (5, 'O''Brien \\ "x"', 'bronze', 7.5, NULL);

CREATE TABLE everything (
  id INT NOT NULL PRIMARY KEY,
  tiny TINYINT, tiny_u TINYINT UNSIGNED, bool1 TINYINT(1), small SMALLINT, medium MEDIUMINT, int_u INT UNSIGNED,
  big BIGINT, big_u BIGINT UNSIGNED, filled INT(6) ZEROFILL, dec20 DECIMAL(20,6), dec_u DECIMAL(5,0) UNSIGNED, single FLOAT, twice DOUBLE,
  bit8 BIT(8), bit40 BIT(40), year4 YEAR, day DATE, time0 TIME, time6 TIME(6), dt0 DATETIME, dt6 DATETIME(6), ts3 TIMESTAMP(3) NULL,
  char10 CHAR(10), varchar50 VARCHAR(50), latin VARCHAR(20) CHARACTER SET latin1, utf3 VARCHAR(20) CHARACTER SET utf8mb3,
  folded VARCHAR(20) COLLATE utf8mb4_bin, binary4 BINARY(4), varbinary20 VARBINARY(20), text1 TINYTEXT, text2 TEXT, text3 MEDIUMTEXT, text4 LONGTEXT,
  blob1 TINYBLOB, blob2 BLOB, blob3 MEDIUMBLOB, blob4 LONGBLOB, choice ENUM('a', 'b', '가'), choices SET('x', 'y', '나'), doc JSON,
  `이름` VARCHAR(20)
) DEFAULT CHARSET = utf8mb4;
INSERT INTO everything VALUES
  (1, -128, 255, 1, -32768, 8388607, 4294967295,
   -9223372036854775808, 18446744073709551615, 42, 12345678901234.567891, 99999, 1.5, -2.25e300,
   b'10100101', b'1111000011110000111100001111000011110000', 2026, '2026-02-28', '12:34:56', '23:59:58.999999', '2026-02-28 23:59:59', '1999-12-31 23:59:59.000001', '2026-02-28 01:02:03.004',
   'char', 'varchar 한국어', 'é', '가나', 'Fold', x'00ff0001', x'deadbeef', 'tiny', 'text 😀', 'medium', 'long',
   x'01', x'0203', x'04', x'05', '가', 'x,나', '{"a": [1, 2.5, null, "가"]}', '홍길동'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'0', b'0', 1970, '1000-01-01', '00:00:00', '00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00',
   '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'a', '', '[]', '');

CREATE TABLE numbers (n INT NOT NULL PRIMARY KEY, label VARCHAR(20) NOT NULL) DEFAULT CHARSET = utf8mb4;
INSERT INTO numbers WITH digits AS (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)
  SELECT n, CONCAT('label ', n) FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n
    FROM digits a, digits b, digits c, digits e, digits f, digits g WHERE g.d < 2) AS all_numbers;

ANALYZE TABLE customers, everything, numbers;
