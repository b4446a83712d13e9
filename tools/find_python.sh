#!/bin/sh
# Print the Python for `make GOAL`; where there is none that fits, let uv provide one.
# usage, in the project's folder: sh tools/find_python.sh GOAL [PYTHON]
goal=$1 named=$2

bounds=$(sed -n 's/^requires-python = ">=3\.\([0-9]*\),<3\.\([0-9]*\)"$/\1 \2/p' pyproject.toml)
oldest=${bounds% *} after=${bounds#* }
candidates='python3 python' any=
for minor in $(seq "$oldest" $((after - 1))); do
    candidates="python3.$minor $candidates"
    any="${any:+$any, }3.$minor"
done
any="${any%, *} or ${any##*, }"

use_if_it_fits() {
    "$1" -c "import sys; sys.exit(not (3, $oldest) <= sys.version_info < (3, $after))" \
        2>/dev/null && echo "$1" && exit
}

give_up() {
    printf '%s\n' "$@" >&2
    exit 1
}

if [ -n "$named" ]; then
    use_if_it_fits "$named"
    give_up "PYTHON=$named is no Python $any: name another, or leave PYTHON= away."
fi

# An environment that stands is used again.
for python in .venv/bin/python $candidates; do
    use_if_it_fits "$python"
done

remedies="install one (python.org; Debian, Ubuntu: sudo apt install python3 python3-venv), or name \
yours: make $goal PYTHON=/path/to/python3.$((after - 1))"
command -v uv >/dev/null || give_up "No Python $any was found. Either of these helps:" \
    "  $remedies" \
    "  install uv (docs.astral.sh/uv), which then fetches a Python by itself: make $goal again"

find_with_uv() {
    uv python find --no-project ">=3.$oldest,<3.$after"
}

export UV_PYTHON_INSTALL_BIN=0 # it is for this project alone
echo "No Python $any was found: uv provides one." >&2
find_with_uv 2>/dev/null || { uv python install "3.$((after - 1))" >&2 && find_with_uv; } ||
    give_up "uv could not provide a Python (see above): connect to the internet, or $remedies"
