#!/usr/bin/env bash
# Starts a cluster of three nodes on loopback (examples/ClusterNodes): two gateways to one nats-server, and a node that publishes through
# them. Kills one gateway after the other while messages flow, and starts them again. Fails when a message is missing or out of order.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

messages="${1:-90000}"
per_second=3000
program=examples/ClusterNodes/bin/Release/net10.0/ClusterNodes.dll
work="$(mktemp -d)"
declare -A running=()

stop() {
  if [[ -n "${running[$1]:-}" ]]; then
    kill -KILL "${running[$1]}" 2>/dev/null || true
    wait "${running[$1]}" 2>/dev/null || true
    unset "running[$1]"
  fi
}

stop_all() {
  for name in "${!running[@]}"; do
    stop "$name"
  done
  rm -rf "$work"
}
trap stop_all EXIT

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

node() { # node NAME ROLE PORT
  dotnet "$program" --Role "$2" --Port "$3" --Seeds "$first,$second" --Nats "$nats" --Messages "$messages" --PerSecond "$per_second" \
    >"$work/$1.log" 2>&1 &
  running[$1]=$!
}

say() { echo "[$((SECONDS - begin)) s] $*"; }

# until_line NAME PATTERN: waits until a line of the node's output matches, at most a minute.
until_line() {
  local end=$((SECONDS + 60))
  until grep -qE "$2" "$work/$1.log"; do
    if ((SECONDS > end)) || ! kill -0 "${running[$1]}" 2>/dev/null; then
      echo "error: the node $1 did not get to '$2':" >&2
      tail -n 20 "$work/$1.log" >&2
      return 1
    fi
    sleep 0.1
  done
}

kill_gateway() { # kill_gateway NAME PORT
  say "kill -KILL the gateway of $1"
  stop "$1"
  sleep 3
  say "$1 is started again"
  node "$1" nats "$2"
  # A cluster of three survives one failure at a time: a node that has come back counts when it is up.
  until_line "$1" "the gateway is up"
  say "$1 is up"
}

set_up
dotnet build examples/ClusterNodes -c Release -v quiet
begin=$SECONDS
first="$(free_port)" second="$(free_port)" third="$(free_port)" nats="nats://127.0.0.1:$(free_port)"
"$NATS_SERVER" -a 127.0.0.1 -p "${nats##*:}" >"$work/nats.log" 2>&1 &
running[nats-server]=$!
node first nats "$first"
node second nats "$second"
until_line first "the gateway is up"
until_line second "the gateway is up"
node orders orders "$third"
tail -n +1 -F "$work/orders.log" 2>/dev/null | grep --line-buffered -E "accepted|every|missing" &
running[tail]=$!
until_line orders "delivered [1-9]"
for _ in 1 2; do
  # The gateway that the publisher uses now.
  if grep -E "accepted" "$work/orders.log" | tail -n 1 | grep -q ":$first "; then
    kill_gateway first "$first"
  else
    kill_gateway second "$second"
  fi
done

status=0
wait "${running[orders]}" || status=$?
unset "running[orders]"
exit "$status"
