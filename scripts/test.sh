#!/usr/bin/env bash
# Builds everything and runs every test project; ends with "N passed, N failed, N skipped" over all of them.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

solution=NatsActors.sln
results=artifacts/test-results

test_projects() {
  local project
  grep -oE '"[^"]+\.csproj"' "$solution" | tr -d '"' | tr '\\' '/' | while read -r project; do
    if grep -q '<IsTestProject>true' "$project"; then
      echo "$project"
    fi
  done
}

# Adds the counts of one project to the sums. Every test that neither passed nor was skipped has failed.
count() {
  local trx="$1" line total executed ok
  line="$(grep -oE '<Counters [^>]*' "$trx")"
  total="$(grep -oE ' total="[0-9]+' <<<"$line" | grep -oE '[0-9]+')"
  executed="$(grep -oE ' executed="[0-9]+' <<<"$line" | grep -oE '[0-9]+')"
  ok="$(grep -oE ' passed="[0-9]+' <<<"$line" | grep -oE '[0-9]+')"
  passed=$((passed + ok))
  failed=$((failed + executed - ok))
  skipped=$((skipped + total - executed))
}

# What the tests of the outage lab need beyond the rest. Where it, or PostgreSQL, cannot be had, tests are left out, and the end says why.
set_up_lab() {
  command -v npm >/dev/null || { echo "error: npm is missing, which restores the charts of the page" >&2; return 1; }
  install_program chromium CHROMIUM chromium chromium-browser google-chrome || return 1
  install_program prometheus PROMETHEUS prometheus || return 1
  use_program PROMTOOL promtool || { echo "error: promtool is missing, which comes with prometheus" >&2; return 1; }
}

# needs PROJECT COMMAND: leaves the tests of the project out when the command cannot get what they need beyond the rest.
declare -A left_out=()
needs() {
  local log="artifacts/$1-set-up.log"
  if ! "$2" 2>"$log"; then
    left_out[$1]="$(grep -m1 '^error: ' "$log" | cut -c8-)"
  fi
}

set_up
mkdir -p artifacts
needs NatsActors.Lab.Tests set_up_lab
needs NatsActors.Persistence.Tests install_postgres

dotnet restore "$solution"
dotnet build "$solution" -c Release --no-restore -v quiet

rm -rf "$results"
passed=0 failed=0 skipped=0 broken=()
for project in $(test_projects); do
  name="$(basename "$project" .csproj)"
  if [[ -v "left_out[$name]" ]]; then
    continue
  fi

  status=0
  # One after another: each project starts servers and measures time.
  dotnet test "$project" -c Release --no-build --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout 15m --blame-hang-dump-type none || status=$?
  if [[ -f "$results/$name.trx" ]]; then
    count "$results/$name.trx"
  fi
  if [[ $status != 0 ]]; then
    broken+=("$name")
  fi
done

for name in "${broken[@]}"; do
  echo "failed: $name"
done
for name in "${!left_out[@]}"; do
  echo "left out: $name: ${left_out[$name]}"
done
echo "$passed passed, $failed failed, $skipped skipped"
[[ ${#broken[@]} == 0 && $failed == 0 && $passed -gt 0 ]]
