#!/bin/bash
# packages.sh: sourced by clients.sh and clients-bi.sh. name is what their lines begin with, folder what they fill.
#
# What is there is left alone, so a second run takes a second. What is missing and cannot be installed is named, and ends the
# script with exit code 1.
mkdir -p "$folder"

say() { echo "$name: $*"; }
fail() { say "$* Install it, or run this as root on Debian." >&2; exit 1; }

# debian PACKAGE...: a package is asked for only when dpkg does not have it. A node of another source than Debian's will do as well.
debian() {
	local missing=() p
	for p in "$@"; do
		case $p in nodejs | npm) command -v node > /dev/null && command -v npm > /dev/null && continue ;; esac
		dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	{ [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; } || fail "these packages are missing: ${missing[*]}."
	say "apt-get install ${missing[*]}"
	apt-get -qq update > "$folder/apt.log" 2>&1
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" >> "$folder/apt.log" 2>&1 ||
		{ tail -n 5 "$folder/apt.log" >&2; fail "apt-get install failed."; }
}

# done_with PART LIST: the list is what was installed last time.
done_with() { [ -f "$folder/$1.done" ] && [ "$(cat "$folder/$1.done")" = "$2" ]; }

# pypi PACKAGE==VERSION...: in $folder/venv.
pypi() {
	done_with python "$*" && return
	say "from PyPI: $*"
	rm -rf "$folder/venv"
	/usr/bin/python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" -q install "$@" || fail "pip could not install these."
	echo "$*" > "$folder/python.done"
}

# npmjs PACKAGE@VERSION...: in $folder/node_modules.
npmjs() {
	done_with node "$*" && return
	say "from npm: $*"
	[ -f "$folder/package.json" ] || echo '{"private": true}' > "$folder/package.json"
	npm --prefix "$folder" --silent --no-audit --no-fund --save-exact install "$@" || fail "npm could not install these."
	echo "$*" > "$folder/node.done"
}
