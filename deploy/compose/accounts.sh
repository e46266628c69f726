#!/bin/bash
# Run by MySQL's image on a new volume: the two accounts that askwire uses. One may only SELECT the samples, the other owns the
# schema askwire, where the records go.
set -euo pipefail
mysql --protocol=socket -uroot -p"$MYSQL_ROOT_PASSWORD" <<SQL
CREATE USER 'askwire_reader'@'%' IDENTIFIED BY '$READER_PASSWORD';
CREATE USER 'askwire_store'@'%' IDENTIFIED BY '$STORE_PASSWORD';
GRANT SELECT ON ad.* TO 'askwire_reader'@'%';
GRANT SELECT ON edu.* TO 'askwire_reader'@'%';
GRANT SELECT ON ecommerce.* TO 'askwire_reader'@'%';
GRANT SELECT ON hr.* TO 'askwire_reader'@'%';
CREATE DATABASE askwire DEFAULT CHARACTER SET utf8mb4;
GRANT ALL ON askwire.* TO 'askwire_store'@'%';
SQL
