#!/usr/bin/env bash
# What a reader of the README does on the first day, from an empty folder and with the packed packages alone: each way to a first message
# in a stream that the page shows, and how many seconds it takes. More than two minutes is a failure.
#   --feed DIR   takes the packages of this folder instead of packing them
#   --page FILE  follows another page than README.md
#   --warm       takes the packages of others from this machine's folder instead of downloading them
# A way is a block of commands with "dotnet new nats-worker", or a whole C# program.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
feed="" page="$root/README.md" warm=""
while (($# > 0)); do
  case "$1" in
    --feed) feed="$(realpath "$2")"; shift 2 ;;
    --page) page="$(realpath "$2")"; shift 2 ;;
    --warm) warm=yes; shift ;;
    *) echo "error: '$1' is not an option; there are --feed DIR, --page FILE and --warm" >&2; exit 1 ;;
  esac
done
source "$root/scripts/common.sh"

limit=120
work="$(mktemp -d)"
started=()
clean_up() {
  local process
  for process in "${started[@]}"; do
    kill -- "$process" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# The API of JetStream in its wire protocol, so that no further program is needed: request SUBJECT BODY, prints the answer.
request() {
  local line answer="" server
  exec {server}<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB %s answer %d\r\n%s\r\nPING\r\n' "$1" "${#2}" "$2" >&"$server"
  while IFS= read -r -t 5 -u "$server" line; do
    if [[ "$line" == MSG* ]]; then
      IFS= read -r -t 5 -u "$server" answer
      break
    fi
  done
  exec {server}>&-
  [[ -n "$answer" ]] && echo "$answer"
}

messages_in_the_stream() {
  request '$JS.API.STREAM.INFO.ORDERS' '' 2>/dev/null | grep -oE '"messages":[0-9]+' | head -n 1 | cut -d: -f2
}

# A server and a folder of packages for each way. The page's commands and programs name port 4222; they get this one's.
start_server() {
  local announced="$work/$1-ports"
  export NUGET_PACKAGES="$work/$1-packages" # each way fetches for itself
  mkdir -p "$announced"
  "$NATS_SERVER" --jetstream --store_dir "$work/$1-streams" --addr 127.0.0.1 --port -1 --ports_file_dir "$announced" 2>"$work/$1-server.log" &
  started+=($!)
  for _ in $(seq 100); do
    port="$(cat "$announced"/*.ports 2>/dev/null | grep -oE '127.0.0.1:[0-9]+' | head -n 1 | cut -d: -f2)" || true
    [[ -n "$port" ]] && request '$JS.API.INFO' '' >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "error: nats-server did not start: $(cat "$work/$1-server.log")" >&2
  return 1
}

# What "nats stream add ORDERS --subjects 'orders.>' --defaults" does, also where that program is not installed.
add_stream() {
  request '$JS.API.STREAM.CREATE.ORDERS' '{"name":"ORDERS","subjects":["orders.>"],"storage":"file","retention":"limits","num_replicas":1}' >/dev/null
}

# Waits for the first message of the program that was started last, and says how long the way took.
await_message() {
  local way="$1" begin="$2" output="$3" ended=""
  until [[ "$(messages_in_the_stream)" =~ ^[1-9] ]]; do
    if [[ -n "$ended" ]]; then
      echo "error: $way: the program ended without a message in the stream: $(tail -n 20 "$output")" >&2
      return 1
    fi
    if ((SECONDS - begin > limit)); then
      echo "error: $way: no message in the stream after $limit s: $(tail -n 20 "$output")" >&2
      return 1
    fi
    kill -0 "${started[-1]#-}" 2>/dev/null || ended=yes
    sleep 0.2
  done
  echo "$way: the first message was in the stream after $((SECONDS - begin)) s"
  check_source
}

# The packed package must be the one that was taken, whatever other sources have.
check_source() {
  local metadata
  metadata="$(cat "$NUGET_PACKAGES"/natsactors/*/.nupkg.metadata)"
  [[ "$metadata" == *"$feed"* ]] || { echo "error: NatsActors did not come from the packed package: $metadata" >&2; return 1; }
}

# Runs the page's "dotnet run" in a process group of its own, because the program is a child of that command.
run_program() {
  local output="$1"
  shift
  ASPNETCORE_URLS="http://127.0.0.1:0" setsid "$@" >"$output" 2>&1 &
  started+=("-$!")
}

quietly() {
  "$@" >"$work/command.log" 2>&1 || { echo "error: $*: $(cat "$work/command.log")" >&2; return 1; }
}

by_template() {
  local way="$1" commands="$2" begin line command
  mkdir "$work/template" && cd "$work/template"
  start_server template
  begin=$SECONDS
  while IFS= read -r line; do
    eval "command=(${line%&})"
    case "$line" in
      "nats-server "*) ;; # runs already
      "nats stream add ORDERS "*) add_stream ;;
      "dotnet new "*) quietly "${command[@]}" --debug:custom-hive "$work/hive" ;;
      "dotnet run "*)
        sed -i "s/127.0.0.1:4222/127.0.0.1:$port/" Orders/appsettings.json
        run_program "$work/template.log" "${command[@]}"
        ;;
      *) echo "error: this script does not know the command '$line'" >&2; return 1 ;;
    esac
  done <<<"$commands"
  await_message "$way" "$begin" "$work/template.log"
}

by_program() {
  local way="$1" code="$2" name begin line command
  name="program${#started[@]}"
  mkdir "$work/$name" && cd "$work/$name"
  start_server "$name"
  [[ "$code" == *STREAM.CREATE* ]] || add_stream
  begin=$SECONDS
  quietly dotnet new console --output . --debug:custom-hive "$work/hive"
  while IFS= read -r line; do
    eval "command=(${line%&})"
    quietly "${command[@]}"
  done < <(grep -oE '^dotnet add package [A-Za-z.]+$' "$page" | awk '!seen[$0]++')
  printf '%s\n' "${code//127.0.0.1:4222/127.0.0.1:$port}" >Program.cs
  run_program "$work/$name.log" dotnet run
  await_message "$way" "$begin" "$work/$name.log"
}

# The first block of the page in a language that starts with one text and contains another.
block() {
  local language="$1" start="$2" part="$3"
  awk -v opening="\`\`\`$language" -v start="$start" -v part="$part" '
    $0 == opening { inside = 1; text = ""; next }
    inside && /^```$/ { inside = 0; if (index(text, start) == 1 && index(text, part)) { printf "%s", text; exit } next }
    inside { text = text $0 "\n" }' "$page"
}

set_up
if [[ -z "$feed" ]]; then
  feed="$work/feed"
  dotnet pack src/NatsActors -c Release -v quiet --output "$feed"
  dotnet pack src/NatsActors.Persistence -c Release -v quiet --output "$feed"
  dotnet pack templates/NatsActors.Templates -c Release -v quiet --output "$feed"
fi

cache="${NUGET_PACKAGES:-$HOME/.nuget/packages}"
fallback=""
if [[ -n "$warm" && -d "$cache" && ! -e "$cache/natsactors" ]]; then
  fallback="<fallbackPackageFolders><add key=\"warm\" value=\"$cache\" /></fallbackPackageFolders>"
fi
if [[ -z "$warm" ]]; then
  export NUGET_HTTP_CACHE_PATH="$work/http-cache"
fi
echo "<configuration><packageSources><add key=\"packed\" value=\"$feed\" /></packageSources>$fallback</configuration>" >"$work/nuget.config"

commands="$(block sh "" "dotnet new nats-worker")"
akka="$(block csharp "using " "AddAkka(")"
plain="$(block csharp "using " "NatsPublisher.StartAsync(")"
if [[ -z "$commands$akka" ]]; then
  echo "error: $page has no way to a first message by Akka.NET" >&2
  exit 1
fi
if [[ -n "$commands" ]]; then
  by_template "Akka.NET by the template" "$commands"
fi
if [[ -n "$akka" ]]; then
  by_program "Akka.NET by the page's program" "$akka"
fi
if [[ -n "$plain" ]]; then
  by_program "plain .NET by the page's program" "$plain"
fi
