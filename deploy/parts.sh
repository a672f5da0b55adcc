#!/usr/bin/env bash
# Installs, on Debian 12 and as root, the parts that tests use beside Python: PostgreSQL, RabbitMQ, nginx, Chromium, fonts,
# callers over SIP (sipp, baresip), and Asterisk into a folder of its own (deploy/asterisk/install.sh).
# No service is left running: the tests start what they need on loopback and stop it.
set -euo pipefail
if [ "$(id -u)" -ne 0 ]; then echo "make parts needs root: sudo make parts" >&2; exit 2; fi
export DEBIAN_FRONTEND=noninteractive
packages=(git make python3 python3-venv postgresql rabbitmq-server nginx-light chromium fonts-noto-cjk sip-tester libcap2-bin baresip-core)
missing=()
for name in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "All packages are there: ${packages[*]}"
else
  echo "==> Installing ${missing[*]}"
  # A service must not start on its own: servers for the tests are started by the tests.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; trap 'rm -f $policy' EXIT; fi
  apt-get update -q
  apt-get install -q -y --no-install-recommends "${missing[@]}"
fi
# sipp sends recordings as packets of its own making, which Linux lets only root do, or a program that has this right.
setcap cap_net_raw+ep "$(readlink -f "$(command -v sipp)")" || echo "setcap failed: calls over SIP are tested as root only" >&2
bash "$(dirname "$0")/asterisk/install.sh"
