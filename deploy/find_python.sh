#!/usr/bin/env bash
# Makes the virtual environment $1 with a Python that the pinned wheels fit; names what is missing and how to install it.
set -euo pipefail
venv=$1
for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
  [ -n "$name" ] && command -v "$name" >/dev/null || continue
  version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
  case $version in 3.11|3.12|3.13) ;; *) refused="$name is Python $version"; continue ;; esac
  if ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
    refused="$name has no venv module: sudo apt install python$version-venv"; continue
  fi
  echo "==> Python $version: making $venv"
  exec "$name" -m venv "$venv"
done
echo "No usable Python: 3.11, 3.12 or 3.13 with its venv module is needed (${refused:-none found})." >&2
echo "On Debian 12:  sudo apt install git make python3 python3-venv" >&2
exit 2
