#!/bin/bash
# clients-bi.sh
#
# Brings the business intelligence tools of `make clients-bi`: Debian's packages, Apache Superset from PyPI and
# the drivers of Cube and Evidence from npm, which go to .engines/bi (about 1.7 GB). What is there is left alone, so a second run takes a second.
#
# Exit code 1: something is missing; it is named.
set -uo pipefail
cd "$(dirname "$0")/.."
name=clients-bi
folder=${ASKWIRE_ENGINES:-$PWD/.engines}/bi
. scripts/packages.sh

debian chromium libreoffice-base libreoffice-sdbc-mysql python3-uno fonts-nanum php-cli php-mysql php-mbstring php-xml adminer phpmyadmin \
	nodejs npm python3-venv python3-dev libmariadb-dev pkg-config gcc libc6-dev
# rich and pillow are imported by Superset 6.0.0, which does not ask for them.
pypi apache-superset==6.0.0 mysqlclient==2.2.7 playwright==1.65.2 gunicorn==27.0.1 rich==15.0.0 pillow==11.3.0
npmjs @cubejs-backend/mysql-driver@1.7.43 @evidence-dev/mysql@1.1.6 # the drivers of Cube and Evidence
