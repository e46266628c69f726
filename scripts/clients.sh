#!/bin/bash
# clients.sh
#
# Brings the real clients of `make clients`: Debian's packages for those that Debian has, and PyPI, npm and Maven Central,
# at pinned versions, for the others, which go to .engines/clients. What is there is left alone, so a second run takes a second.
#
# Exit code 1: something is missing; it is named.
set -uo pipefail
cd "$(dirname "$0")/.."
name=clients
folder=${ASKWIRE_ENGINES:-$PWD/.engines}/clients
. scripts/packages.sh

debian mariadb-client mycli nodejs npm python3-venv python3-dev libmariadb-dev pkg-config gcc libc6-dev php-cli php-mysql php-mbstring \
	ruby ruby-mysql2 libdbd-mysql-perl odbc-mariadb unixodbc unixodbc-dev default-jdk-headless maven libmariadb-java
pypi PyMySQL==1.1.2 mysqlclient==2.2.7 SQLAlchemy==2.0.44 mysql-connector-python==9.5.0 pyodbc==5.3.0
npmjs mysql2@3.15.3 mysql@2.18.1 mariadb@3.4.5

java=com.mysql:mysql-connector-j:9.5.0
if ! done_with java "$java"; then
	say "from Maven Central: $java"
	rm -rf "$folder/java"
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact="$java" -DoutputDirectory="$folder/java" || fail "Maven could not bring it."
	echo "$java" > "$folder/java.done"
fi
if [ clients/scripts/java/Steps.java -nt "$folder/java/Steps.class" ]; then
	javac -d "$folder/java" clients/scripts/java/Steps.java || fail "javac could not compile clients/scripts/java/Steps.java."
fi
