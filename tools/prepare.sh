#!/bin/sh
# Prepares a machine: `prepare.sh app VENV` makes the virtual environment with what the dashboard needs,
# `prepare.sh test VENV` adds the tools and the browser of the tests. Called by the Makefile, which keeps stamps.
#
# ATLAS_PYTHON       the Python to use (default: the first of 3.11 to 3.14 that is found)
# ATLAS_TORCH_INDEX  an index of wheels for pip to take torch from, such as that of PyTorch's CPU builds
# ATLAS_CHROMIUM     the browser for the tests (default: an installed one, else one is installed)
set -eu

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# apt_install PACKAGE...: true when they are installed afterwards
apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" = 0 ]; then
        root=""
    elif command -v sudo >/dev/null 2>&1; then
        root="sudo"
    else
        return 1
    fi
    say "Installing $* with apt-get"
    $root apt-get update -qq || say "apt-get update failed; trying the package lists that are there."
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

suits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${ATLAS_PYTHON:-} python3 python3.12 python3.13 python3.11 python3.14 python; do
        if suits "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

make_environment() {
    if [ -x "$venv/bin/python" ] && suits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python) || {
        apt_install python3 python3-venv >&2 || true
        find_python >/dev/null || apt_install python3.11 python3.11-venv >&2 || true
        python=$(find_python) || fail "Python 3.11 to 3.14 is needed and none was found; install one, or name it: ATLAS_PYTHON=... make"
    }
    if ! has_venv "$python"; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt_install "python$version-venv" || apt_install python3-venv || true
        has_venv "$python" || fail "$python cannot make virtual environments; as root: apt-get install python$version-venv"
    fi
    say "Making the virtual environment in $venv with $python"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

pip_install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

prepare_app() {
    make_environment
    torch=$(grep '^torch==' requirements.txt)
    say "Installing $torch (a large download; README.md says how to get a small one)"
    pip_install ${ATLAS_TORCH_INDEX:+--index-url "$ATLAS_TORCH_INDEX"} "$torch"
    say "Installing requirements.txt"
    pip_install -r requirements.txt
    # So that a notebook or script run by this environment finds interaction_engine from any folder.
    pwd >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/interaction_atlas.pth"
    # LightGBM is linked with the OpenMP library of the system, which a small installation may lack.
    "$venv/bin/python" -c 'import lightgbm' >/dev/null 2>&1 || apt_install libgomp1 ||
        say "LightGBM needs libgomp1, which could not be installed; its models cannot be opened until it is."
}

find_browser() {
    for candidate in ${ATLAS_CHROMIUM:-} chromium google-chrome google-chrome-stable chromium-browser; do
        # Ubuntu has a chromium-browser that only says how to install one, so ask it for its version.
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" --version >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    "$venv/bin/python" -c '
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    path = p.chromium.executable_path
print(path)
sys.exit(not os.path.exists(path))' 2>/dev/null
}

prepare_test() {
    say "Installing requirements-dev.txt"
    pip_install -r requirements-dev.txt
    browser=$(find_browser) || {
        if grep -qs '^ID=debian' /etc/os-release; then
            apt_install chromium || true
        fi
        find_browser >/dev/null || "$venv/bin/python" -m playwright install --with-deps chromium || true
        browser=$(find_browser) || fail "The tests drive Chromium and none could be installed; install one, or name it: ATLAS_CHROMIUM=... make test"
    }
    printf '%s\n' "$browser" >"$venv/.chromium"
    say "The tests will use $browser"
}

[ $# = 2 ] || fail "Usage: prepare.sh app|test VENV"
cd "$(dirname "$0")/.."
venv=$2
case $1 in
    app) prepare_app ;;
    test) prepare_test ;;
    *) fail "Usage: prepare.sh app|test VENV" ;;
esac
