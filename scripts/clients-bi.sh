#!/bin/bash
# clients-bi.sh
#
# Brings the business intelligence tools of `make clients-bi`: Debian's packages, Apache Superset from PyPI and
# the drivers of Cube and Evidence from npm, which go to .engines/bi (about 1.7 GB). What is there is left alone, so a second run takes a second.
#
# Exit code 1: something is missing; it is named.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=${ASKWIRE_ENGINES:-$PWD/.engines}/bi
mkdir -p "$folder"

say() { echo "clients-bi: $*"; }
fail() { say "$* Install it, or run this as root on Debian." >&2; exit 1; }

packages=(chromium libreoffice-base libreoffice-sdbc-mysql python3-uno fonts-nanum php-cli php-mysql php-mbstring php-xml adminer phpmyadmin
	python3-dev libmariadb-dev pkg-config gcc libc6-dev)
missing=()
for p in "${packages[@]}"; do
	dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
	{ [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; } || fail "these packages are missing: ${missing[*]}."
	say "apt-get install ${missing[*]}"
	apt-get -qq update > "$folder/apt.log" 2>&1
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" >> "$folder/apt.log" 2>&1 ||
		{ tail -n 5 "$folder/apt.log" >&2; fail "apt-get install failed."; }
fi

# rich and pillow are imported by Superset 6.0.0, which does not ask for them.
python="apache-superset==6.0.0 mysqlclient==2.2.7 playwright==1.65.2 gunicorn==27.0.1 rich==15.0.0 pillow==11.3.0"
if [ ! -f "$folder/python.done" ] || [ "$(cat "$folder/python.done")" != "$python" ]; then
	say "from PyPI, some minutes: $python"
	rm -rf "$folder/venv"
	python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install $python || fail "pip could not install these."
	echo "$python" > "$folder/python.done"
fi

# The drivers of Cube and Evidence, which are Node's.
node="@cubejs-backend/mysql-driver@1.7.43 @evidence-dev/mysql@1.1.6"
if [ ! -f "$folder/node.done" ] || [ "$(cat "$folder/node.done")" != "$node" ]; then
	say "from npm: $node"
	[ -f "$folder/package.json" ] || echo '{"private": true}' > "$folder/package.json"
	npm --prefix "$folder" --silent --no-audit --no-fund --save-exact install $node || fail "npm could not install these."
	echo "$node" > "$folder/node.done"
fi
