#!/usr/bin/env bash
# Holds driftline's WARC and WACZ against the tools of other people: warcio, wacz, pywb, wget.
#
#   tests/interop/run.sh [path of the driftline program]
#
# Makes a Python environment under target/ from PyPI. Where Python, pip or the network is missing it
# says so and ends with success: it is a check beside the tests, not one of them.
set -euo pipefail
cd "$(dirname "$0")/../.."

program="${1:-target/debug/driftline}"
environment="${CARGO_TARGET_DIR:-target}/interop"

skip() {
    echo "interop: skipped: $1"
    exit 0
}

[ -x "$program" ] || skip "$program is not built"
command -v python3 >/dev/null || skip "python3 is missing"
if [ ! -x "$environment/bin/pywb" ]; then
    python3 -m venv "$environment" 2>/dev/null || skip "python3 has no venv"
    "$environment/bin/pip" install --quiet --disable-pip-version-check \
        warcio==1.8.1 wacz==0.6.0 pywb==2.10.0 cdxj-indexer==1.5.0 2>/dev/null \
        || { rm -rf "$environment"; skip "the tools could not be installed with pip"; }
fi
exec "$environment/bin/python" tests/interop/interop.py "$program" "$environment/bin"
