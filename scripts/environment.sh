# Makes the virtual environment that every script runs in. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find_python() {
  for candidate in "${PYTHON:-}" python3.12 python3.11 python3.13 python3; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
}

prepare() { # prepare LOCKFILE: install what it pins, once per change of it
  local lock=$1 python stamp
  python=$(find_python)
  if [ -z "$python" ]; then
    echo "cachebot needs Python 3.11 or newer, and none was found." >&2
    echo "On Debian or Ubuntu: apt-get install python3 python3-venv. Or set PYTHON=/path/to/python." >&2
    exit 1
  fi
  if [ ! -x .venv/bin/python ] && ! "$python" -m venv .venv; then
    echo "The virtual environment could not be made." >&2
    echo "On Debian or Ubuntu the module is a package of its own: apt-get install python3-venv." >&2
    rm -rf .venv
    exit 1
  fi
  stamp=.venv/.installed-$(basename "$lock" .txt)
  if [ ! -e "$stamp" ] || [ "$lock" -nt "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
    echo "Installing what $lock pins (once; a minute or two on a new machine) ..." >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --disable-pip-version-check \
      --no-deps --no-build-isolation -e .
    touch "$stamp"
  fi
}
