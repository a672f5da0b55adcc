#!/usr/bin/env bash
# Installs a real Asterisk 22 beside the system, where the distribution has none: Debian's own packages, unpacked into a folder
# of their own with their own C library. Nothing of the machine is changed, and no root is needed, neither here nor to run it.
#
#   install.sh [FOLDER]                     about 95 MB of packages from this machine's Debian mirror, 270 MB on disk
#   install.sh --packages KEPT [FOLDER]     without network: KEPT is the folder `packages` of an earlier installation
#   install.sh --newest [FOLDER]            what the mirror has today, and a new packages.lock in FOLDER to look at
#
# FOLDER is by default .asterisk in the project, or /opt/hotline-asterisk for root. Versions and checksums are those of
# packages.lock. What the mirror has no more is asked of snapshot.debian.org; where that is not reached either, the mirror's
# present versions are taken, and it is said.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lock=$here/packages.lock
kept="" newest=""
while [ $# -gt 0 ]; do
  case $1 in
    --packages) kept=$(realpath "${2:?--packages needs a folder}"); shift 2 ;;
    --newest) newest=yes; shift ;;
    -*) echo "usage: install.sh [--packages KEPT | --newest] [FOLDER]" >&2; exit 2 ;;
    *) break ;;
  esac
done
if [ "$(id -u)" -eq 0 ]; then default=/opt/hotline-asterisk; else default=$here/../../.asterisk; fi
target=$(realpath -m "${1:-$default}")
if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then echo "packages.lock is for Debian on amd64." >&2; exit 2; fi
sum=$(sha256sum <"$lock" | cut -d' ' -f1)
if [ -z "$newest" ] && [ -e "$target/prefix/usr/sbin/asterisk" ] && [ "$(cat "$target/installed" 2>/dev/null)" = "$sum" ]; then
  echo "Asterisk is there: $target"; exit 0
fi
mkdir -p "$target/apt/lists/partial" "$target/apt/cache/archives/partial" "$target/packages"
: >"$target/apt/status"
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -n 1 || true)
mirror=${mirror:-http://deb.debian.org/debian}
key=/usr/share/keyrings/debian-archive-keyring.gpg
options=(-o "Dir::State=$target/apt" -o "Dir::State::status=$target/apt/status" -o "Dir::Cache=$target/apt/cache"
  -o "Dir::Etc::sourcelist=$target/apt/sources.list" -o Dir::Etc::sourceparts=- -o APT::Architecture=amd64
  -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none)
apt() { apt-get "${options[@]}" "$@"; }
sources() { printf 'deb [signed-by=%s check-valid-until=no] %s sid main\n' "$key" "$1" >"$target/apt/sources.list"; }

locked() {  # every package of the lock, in the folder $target/packages, with its checksum
  (cd "$target/packages" && grep -v '^#' "$lock" | awk '{print $3 "  " $4}' | sha256sum --check --strict --status 2>/dev/null)
}
download() {  # the lock's versions, from the source that `sources` named
  (cd "$target/packages" && apt update -q && grep -v '^#' "$lock" | awk '{print $1 "=" $2}' | xargs apt-get "${options[@]}" -q download)
}
resolve() {  # whatever the mirror has today
  sources "$mirror"
  rm -f "$target"/apt/cache/archives/*.deb "$target"/packages/*.deb
  apt update -q
  apt install -y -q --no-install-recommends --download-only asterisk
  mv "$target"/apt/cache/archives/*.deb "$target/packages/"
  for file in "$target"/packages/*.deb; do
    echo "$(dpkg-deb --field "$file" Package) $(dpkg-deb --field "$file" Version) $(sha256sum <"$file" | cut -d' ' -f1) $(basename "$file")"
  done >"$target/packages.lock"
}

if [ -n "$kept" ] && [ "$kept" != "$target/packages" ]; then cp "$kept"/*.deb "$target/packages/"; fi
if [ -n "$newest" ]; then
  resolve; sum=newest
elif ! locked; then
  if [ -n "$kept" ]; then echo "$kept does not hold the packages of packages.lock." >&2; exit 1; fi
  log=$target/apt/log
  echo "==> Asterisk: fetching $(grep -vc '^#' "$lock") packages (about 95 MB) from $mirror"
  sources "$mirror"
  if ! { download && locked; } >"$log" 2>&1; then
    stamp=$(sed -n 's/^# snapshot //p' "$lock")
    echo "==> The mirror has moved on: asking snapshot.debian.org for $stamp"
    sources "http://snapshot.debian.org/archive/debian/$stamp"
    if ! { timeout 300 bash -c "$(declare -f download apt); $(declare -p options target lock); download" && locked; } >>"$log" 2>&1; then
      echo "==> NOT the locked versions: they cannot be had; taking what the mirror has today" >&2
      resolve >>"$log" 2>&1; sum=newest
    fi
  fi
fi
rm -rf "$target/prefix"
mkdir "$target/prefix"
for file in "$target"/packages/*.deb; do dpkg -x "$file" "$target/prefix"; done
libraries=$target/prefix/usr/lib/x86_64-linux-gnu
"$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/asterisk" "$target/prefix/usr/sbin/asterisk" -V
echo "$sum" >"$target/installed"
rm -rf "$target/apt"
