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

# make_venv EXTRAS: installs the checkout in place, once for each set of extras and state of setup.cfg and constraints.txt.
# The exact versions of constraints.txt, which hold for Python 3.11; on another Python, or with HONGXIAN_NEWEST=1, the newest
# that setup.cfg allows. HONGXIAN_CONSTRAINTS=FILE for others.
make_venv() {
    [ -x .venv/bin/python ] || "$(python_for_venv)" -m venv .venv
    exact="${HONGXIAN_CONSTRAINTS:-constraints.txt}"
    if [ -z "${HONGXIAN_CONSTRAINTS:-}" ] && { [ "${HONGXIAN_NEWEST:-0}" = 1 ] ||
        ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; }; then
        say "按 setup.cfg 允许的最新版本安装 / the newest versions that setup.cfg allows"
        exact=/dev/null
    fi
    kind=".venv/.installed-$(printf '%s' "$exact" | sha256sum | cut -c1-4)"
    stamp="$kind-$(printf '%s' "$1" | sha256sum | cut -c1-8)"
    if [ ! -e "$stamp" ] || [ setup.cfg -nt "$stamp" ] || [ "$exact" -nt "$stamp" ]; then
        upgrade=""
        [ "$exact" = /dev/null ] && upgrade="--upgrade --upgrade-strategy eager"
        # shellcheck disable=SC2086
        .venv/bin/python -m pip install --quiet --disable-pip-version-check $upgrade --constraint "$exact" --editable "$1"
        for other in .venv/.installed-*; do # versions changed under what was installed otherwise
            case "$other" in "$kind"-*) ;; *) rm -f "$other" ;; esac
        done
        touch "$stamp"
    fi
}
