#!/usr/bin/env bash
# Pipes a real text of 200,000 lines through NatsPipe while servers are killed, connections are cut and NatsPipe itself is killed, then
# counts what arrived. With a number it runs that part alone.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wanted=200000
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Real lines that every Debian or Ubuntu machine with the SDK has: the files of its packages, words, licences and change logs, and
# the SDK's documentation. Each line gets its number, so that a lost, doubled or displaced one can be told.
sources() {
  cat /var/lib/dpkg/info/*.list /usr/share/dict/* 2>/dev/null || true
  cat /usr/share/doc/*/copyright 2>/dev/null || true
  for log in /usr/share/doc/*/changelog*.gz; do
    gzip -dc "$log" 2>/dev/null || true
  done
  find "$(dirname "$(readlink -f "$(command -v dotnet)")")" -name '*.xml' -exec cat {} + 2>/dev/null || true
}

set_up
# Left to itself, the sources' writer dies of the closed pipe once there are enough lines.
(sources | LC_ALL=C tr -d '\r' | head -n "$wanted" | awk '{ print NR " " $0 }' >"$work/lines.txt") || true
lines="$(wc -l <"$work/lines.txt")"
if ((lines < wanted)); then
  echo "error: this machine has only $lines of the $wanted lines of text that the demo needs" >&2
  exit 1
fi

dotnet build examples/NatsPipe -c Release -v quiet
dotnet build tests/NatsActors.Demo -c Release -v quiet
dotnet tests/NatsActors.Demo/bin/Release/net10.0/NatsActors.Demo.dll \
  examples/NatsPipe/bin/Release/net10.0/NatsPipe.dll "$work/lines.txt" "$@"
echo "demo passed"
