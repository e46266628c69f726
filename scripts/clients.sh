#!/bin/bash
# clients.sh
#
# Brings the real clients of `make clients`: Debian's packages for those that Debian has, and PyPI, npm and Maven Central,
# at pinned versions, for the others, which go to .engines/clients. What is there is left alone, so a second run takes a second.
#
# Exit code 1: something is missing; it is named.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=${ASKWIRE_ENGINES:-$PWD/.engines}/clients
mkdir -p "$folder"

say() { echo "clients: $*"; }
fail() { say "$* Install it, or run this as root on Debian." >&2; exit 1; }

# Programs and libraries of the system. A package is asked for only when dpkg does not have it.
packages=(mariadb-client mycli nodejs npm python3-venv python3-dev libmariadb-dev pkg-config gcc libc6-dev
	php-cli php-mysql php-mbstring ruby ruby-mysql2 libdbd-mysql-perl odbc-mariadb unixodbc unixodbc-dev
	default-jdk-headless maven libmariadb-java adminer phpmyadmin php-curl php-xml)
missing=()
for p in "${packages[@]}"; do
	dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || missing+=("$p")
done
# A node of another source than Debian's will do as well.
command -v node > /dev/null && command -v npm > /dev/null && missing=($(printf '%s\n' "${missing[@]}" | grep -vx -e nodejs -e npm))
if [ ${#missing[@]} -gt 0 ]; then
	{ [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; } || fail "these packages are missing: ${missing[*]}."
	say "apt-get install ${missing[*]}"
	apt-get -qq update > "$folder/apt.log" 2>&1
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" >> "$folder/apt.log" 2>&1 ||
		{ tail -n 5 "$folder/apt.log" >&2; fail "apt-get install failed."; }
fi

# done_with NAME LIST: the list is what was installed last time.
done_with() { [ -f "$folder/$1.done" ] && [ "$(cat "$folder/$1.done")" = "$2" ]; }

python="PyMySQL==1.1.2 mysqlclient==2.2.7 SQLAlchemy==2.0.44 mysql-connector-python==9.5.0 pyodbc==5.3.0"
if ! done_with python "$python"; then
	say "from PyPI: $python"
	rm -rf "$folder/venv"
	/usr/bin/python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install $python || fail "pip could not install these."
	echo "$python" > "$folder/python.done"
fi

node="mysql2@3.15.3 mysql@2.18.1 mariadb@3.4.5"
if ! done_with node "$node"; then
	say "from npm: $node"
	[ -f "$folder/package.json" ] || echo '{"private": true}' > "$folder/package.json"
	npm --prefix "$folder" --silent --no-audit --no-fund --save-exact install $node || fail "npm could not install these."
	echo "$node" > "$folder/node.done"
fi

java="com.mysql:mysql-connector-j:9.5.0"
if ! done_with java "$java" || [ clients/scripts/java/Steps.java -nt "$folder/java/Steps.class" ]; then
	say "from Maven Central: $java"
	rm -rf "$folder/java"
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact="$java" -DoutputDirectory="$folder/java" &&
		javac -d "$folder/java" clients/scripts/java/Steps.java || fail "Maven could not bring it, or javac not compile the script."
	echo "$java" > "$folder/java.done"
fi
