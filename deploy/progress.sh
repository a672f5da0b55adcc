#!/usr/bin/env bash
# Runs a long command quietly, with a line of progress: progress.sh "What it does" COMMAND...  Its output is shown if it fails.
set -uo pipefail
title=$1; shift
output=$(mktemp); trap 'rm -f "$output"' EXIT
echo "==> $title"
started=$SECONDS
"$@" >"$output" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null' INT TERM
while kill -0 $pid 2>/dev/null; do
  last=$(grep -aoE '^(Collecting|Downloading|Installing) [^ ]+' "$output" | tail -n 1 | cut -c1-60)
  count=$(grep -acE '^Collecting ' "$output")
  if [ -t 1 ]; then printf '\r\033[K    %3d s, %d packages  %s' $((SECONDS - started)) "$count" "$last"; fi
  sleep 0.5
done
wait $pid; status=$?
if [ -t 1 ]; then printf '\r\033[K'; fi
if [ $status -ne 0 ]; then cat "$output" >&2; echo "    failed after $((SECONDS - started)) s: $*" >&2; exit $status; fi
echo "    done in $((SECONDS - started)) s"
