#!/bin/sh
# Make a virtual environment with the standard library's venv and pip.
#
#   scripts/make_venv.sh PYTHON FOLDER
#
# A plain Debian has python3 but not ensurepip, which venv needs to put pip into the new environment. Its package
# is then installed: by root as it is, otherwise through sudo. Where neither works, the command to type is shown.
# An environment that has a working pip is left as it is.
set -eu

python=$1
folder=$2

if "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

command -v "$python" >/dev/null 2>&1 || {
    echo "No '$python' here. Name a Python of 3.11 or later: make PYTHON=/path/to/python3 ..." >&2
    exit 1
}

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "'$python' is Python $version; 3.11 or later is needed: make PYTHON=/path/to/python3 ..." >&2
    exit 1
}

has_ensurepip() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

install_ensurepip() {
    package=python$version-venv
    install="apt-get update && apt-get install -y --no-install-recommends $package"
    echo "'$python' has no ensurepip; Debian keeps it in $package." >&2
    if ! command -v apt-get >/dev/null; then
        echo "Install your system's package for Python's venv and ensurepip, then run make again." >&2
    elif [ "$(id -u)" = 0 ]; then
        sh -c "$install" >&2 || true
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        echo "Installing it: sudo sh -c '$install'" >&2
        sudo sh -c "$install" >&2 || true
    fi
    has_ensurepip && return
    if command -v apt-get >/dev/null; then
        # "su -": without it /sbin is not in the path, and dpkg refuses to work.
        become="su -"
        command -v sudo >/dev/null && become="sudo sh"
        echo "Type this, then run make again:  $become -c '$install'" >&2
    fi
    exit 1
}

has_ensurepip || install_ensurepip
# --clear: what a run that was broken off has left would otherwise stay half made.
"$python" -m venv --clear "$folder"
