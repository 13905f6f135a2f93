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

set_up
dotnet restore "$solution"
dotnet build "$solution" -c Release --no-restore -v quiet

rm -rf "$results"
passed=0 failed=0 skipped=0 broken=()
for project in $(test_projects); do
  name="$(basename "$project" .csproj)"
  status=0
  # One after another: each project starts servers and measures time.
  dotnet test "$project" -c Release --no-build --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout 5m --blame-hang-dump-type none || status=$?
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
echo "$passed passed, $failed failed, $skipped skipped"
[[ ${#broken[@]} == 0 && $failed == 0 && $passed -gt 0 ]]
