# Shared by scripts/run and scripts/test: a virtual environment of the checkout's own.
say() { printf '\n== %s\n' "$*"; }

python_for_venv() {
    for candidate in python3.11 python3.12 python3.13 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    echo "需要 Python 3.11 及以上，含 venv（Debian：apt-get install python3 python3-venv）" >&2
    exit 1
}

# make_venv EXTRAS: installs the checkout in place, once for each set of extras and state of setup.cfg.
make_venv() {
    [ -x .venv/bin/python ] || "$(python_for_venv)" -m venv .venv
    stamp=".venv/.installed-$(printf '%s' "$1" | sha256sum | cut -c1-8)"
    if [ ! -e "$stamp" ] || [ setup.cfg -nt "$stamp" ]; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable "$1"
        touch "$stamp"
    fi
}
