#!/bin/bash
# getdeb.sh SUITE DEST PACKAGE...
#
# Downloads PACKAGE and everything it depends on from SUITE of the Debian mirror that this machine already uses, and
# unpacks it under DEST. Nothing is installed and nothing of the system changes: apt runs with lists, status and cache of
# its own, beside DEST. A server unpacked so is run by the dynamic loader that came with it (see internal/engine). A mirror
# that is a frozen copy of Debian's will do: the signature of its lists is checked, their age is not.
set -euo pipefail
if [ $# -lt 3 ]; then
	echo "usage: getdeb.sh SUITE DEST PACKAGE..." >&2
	exit 2
fi
suite=$1 dest=$(realpath -m "$2")
shift 2

mirror=$(apt-get indextargets --format '$(SITE) $(REPO_URI)' | awk '!/security/ && /debian/ {print $2; exit}')
mirror=${mirror:-http://deb.debian.org/debian/}
apt=$dest.apt
rm -rf "$dest.new"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$dest.new"
: > "$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$apt/sources.list"
cat > "$apt/apt.conf" <<CONF
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
CONF
export APT_CONFIG=$apt/apt.conf
apt-get -qq update
apt-get -qq -y -d install "$@"
for deb in "$apt"/cache/archives/*.deb; do
	dpkg-deb -x "$deb" "$dest.new"
done
rm -rf "$dest" "$apt"
mv "$dest.new" "$dest" # last, so that a folder that exists is whole
