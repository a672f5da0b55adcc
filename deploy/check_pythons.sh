#!/usr/bin/env bash
# Are there wheels of every locked package for each Python that we name? Downloads nothing twice: `pip download` per version.
set -euo pipefail
for version in 3.11 3.12 3.13; do
  folder=$(mktemp -d)
  grep -v '^srt==' requirements.lock | grep -vE '^ +--hash' | sed 's/ \\$//' | grep '==' >"$folder/all.txt"
  echo "==> Python $version"
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: --python-version "$version" \
    --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --platform manylinux_2_12_x86_64 --platform manylinux2010_x86_64 --platform manylinux1_x86_64 \
    --platform linux_x86_64 -d "$folder" -r "$folder/all.txt"
  echo "    $(ls "$folder"/*.whl | wc -l) wheels"
  rm -rf "$folder"
done
