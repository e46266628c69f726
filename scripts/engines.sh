#!/bin/bash
# engines.sh [--bench]
#
# Brings the real database servers that the tests need: MariaDB 10.11, MySQL 9, MariaDB 11.7 or later; and MariaDB's own
# test suite, whose SELECTs the gate is tried with. What is there
# already is left alone, so a second run takes no time. --bench adds HAProxy and sysbench.
#
# MariaDB comes from this system's packages where they have 10.11 (as root, with apt-get). Everything else is unpacked
# under .engines/ and nothing of the system changes: from Debian's mirror (getdeb.sh), or else from images by Docker.
# TiDB and the embedded engine are Go modules, built by the Makefile.
#
# Exit code 1: something is missing; it is named. ALLOW_MISSING_ENGINES=1 makes that 0.
set -uo pipefail
cd "$(dirname "$0")/.."
engines=${ASKWIRE_ENGINES:-$PWD/.engines}
mkdir -p "$engines"
missing=()

say() { echo "engines: $*"; }
sbin() { PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "$1"; }
debian() { command -v apt-get dpkg-deb > /dev/null && [ -f /usr/share/keyrings/debian-archive-keyring.gpg ]; }

# install PACKAGE...: into the system; the package lists are read at most once.
lists_read=
install() {
	[ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || return 1
	export DEBIAN_FRONTEND=noninteractive
	if [ -z "$lists_read" ]; then
		apt-get -qq update > "$engines/apt.log" 2>&1
		lists_read=1
	fi
	say "apt-get install $*"
	apt-get -qq -y --no-install-recommends install "$@" >> "$engines/apt.log" 2>&1 ||
		{ say "apt-get install $* failed:"; tail -n 5 "$engines/apt.log"; return 1; }
}

# unpack NAME PROGRAM SUITE/PACKAGE...: the first package that can be had goes to .engines/NAME.
unpack() {
	local name=$1 program=$2 choice
	shift 2
	debian || return 1
	for choice in "$@"; do
		say "$name: unpacking ${choice#*/} of Debian ${choice%%/*}"
		if scripts/getdeb.sh "${choice%%/*}" "$engines/$name" "${choice#*/}" > "$engines/$name.log" 2>&1 &&
			[ -x "$engines/$name/$program" ]; then
			rm -f "$engines/$name.log"
			return 0
		fi
		tail -n 3 "$engines/$name.log"
	done
	return 1
}

# image NAME PROGRAM IMAGE: the files of a container image go to .engines/NAME; no container is run.
image() {
	local name=$1 program=$2 image=$3 id
	command -v docker > /dev/null && docker info > /dev/null 2>&1 || return 1
	say "$name: unpacking the image $image"
	rm -rf "$engines/$name.new"
	mkdir -p "$engines/$name.new"
	docker pull -q "$image" > /dev/null && id=$(docker create "$image") || return 1
	docker export "$id" | tar -x -C "$engines/$name.new" --exclude=dev --exclude=proc --exclude=sys
	docker rm "$id" > /dev/null
	[ -x "$engines/$name.new/$program" ] || return 1
	rm -rf "${engines:?}/$name"
	mv "$engines/$name.new" "$engines/$name"
}

is_mariadb() { # is_mariadb PATTERN: the system's mariadbd is of that version
	local path
	path=$(sbin mariadbd) && "$path" --no-defaults --version 2> /dev/null | grep -q "Ver $1"
}

# MariaDB 10.11, the reference engine, and the client for the end-to-end test.
if ! is_mariadb '10\.11\.' && [ ! -x "$engines/mariadb/usr/sbin/mariadbd" ]; then
	if command -v apt-cache > /dev/null && [ "$(id -u)" = 0 ] && [ -z "$(sbin mariadbd)" ]; then
		install mariadb-server-core
	fi
	is_mariadb '10\.11\.' ||
		unpack mariadb usr/sbin/mariadbd bookworm/mariadb-server-core ||
		image mariadb usr/sbin/mariadbd mariadb:10.11 ||
		missing+=("MariaDB 10.11 (package mariadb-server-core)")
fi
command -v mariadb > /dev/null || command -v mysql > /dev/null || install mariadb-client ||
	missing+=("the mariadb command-line client (package mariadb-client)")

if [ ! -x "$engines/mysql/usr/sbin/mysqld" ]; then
	unpack mysql usr/sbin/mysqld sid/mysql-server-core testing/mysql-server-core sid/mysql-server-core-8.4 ||
		image mysql usr/sbin/mysqld mysql:9 ||
		missing+=("MySQL 9 (package mysql-server-core)")
fi

if [ ! -x "$engines/mariadb11/usr/sbin/mariadbd" ]; then
	unpack mariadb11 usr/sbin/mariadbd trixie/mariadb-server-core testing/mariadb-server-core sid/mariadb-server-core ||
		image mariadb11 usr/sbin/mariadbd mariadb:11.8 ||
		missing+=("MariaDB 11.7 or later (package mariadb-server-core)")
fi

# suite: the statements of MariaDB's test suite, 60 of the 200 MB of its package. Nothing of it is run as a program.
suite() {
	local dir
	debian || return 1
	dir=$(mktemp -d "$engines/mariadb-test.XXXXXX")
	say "mariadb-test: unpacking mariadb-test-data"
	(cd "$dir" && { apt-get -qq download mariadb-test-data 2> /dev/null || { apt-get -qq update && apt-get -qq download mariadb-test-data; } }) &&
		dpkg-deb -x "$dir"/*.deb "$dir" && mv "$dir/usr/share/mysql/mysql-test/main" "$dir/usr/share/mysql/mysql-test/include" "$dir/" &&
		rm -rf "$dir/usr" "$dir"/*.deb && mv "$dir" "$engines/mariadb-test" && chmod 755 "$engines/mariadb-test" && return 0
	rm -rf "$dir"
	return 1
}
[ -d "$engines/mariadb-test/main" ] || [ -d /usr/share/mysql/mysql-test/main ] || suite || missing+=("MariaDB's test suite (package mariadb-test-data)")

if [ "${1:-}" = --bench ]; then
	for tool in haproxy sysbench; do
		sbin "$tool" > /dev/null || install "$tool" || missing+=("$tool, a peer of the bench")
	done
fi

[ ${#missing[@]} = 0 ] && exit 0
for what in "${missing[@]}"; do
	say "MISSING: $what" >&2
done
say "Install them, or run this as root on Debian, or with Docker. ALLOW_MISSING_ENGINES=1 goes on without them." >&2
[ "${ALLOW_MISSING_ENGINES:-}" = 1 ]
