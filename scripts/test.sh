#!/usr/bin/env bash
# Builds everything and runs every test project; ends with "N passed, N failed, N skipped" over all of them.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

results=artifacts/test-results
note=""

# Sets the solution to build. Sources that lack the Akka.NET host's packages in their lowest versions may have the newest; those
# that have neither leave what needs none of them. Any other failure to restore is one.
restore() {
  solution=NatsActors.sln
  mkdir -p artifacts
  if restores lowest; then
    return
  fi

  if restores newest; then
    export HostPackages=newest
    note="The NuGet sources lack the Akka.NET host's packages in the versions that it asks for: it is built and tested with the newest ones (Directory.Packages.props)."
    echo "$note"
    return
  fi

  note="Akka.NET or NATS.Client.Core is not in the NuGet sources: only what needs neither is built and tested (scripts/without-akka.slnf)."
  solution=scripts/without-akka.slnf
  echo "$note"
  dotnet restore "$solution"
}

# Whether the sources have the host's packages in these versions; ends the script when the restore fails for another reason.
restores() {
  local log="artifacts/restore-$1.log" errors
  if HostPackages="$1" dotnet restore "$solution" >"$log" 2>&1; then
    return 0
  fi

  # NU110x: there is no such package or no such version; NU1603: a later one was taken. A line for each source ("- Found 0
  # version(s) in ...") follows an NU1102.
  errors="$(grep -E ': error ' "$log" | grep -vE 'error NU[0-9]+: +- ' || true)"
  if [[ -n "$errors" ]] && ! grep -qvE "error NU110[0-3]: Unable to (find (a stable )?package|resolve) '?(Akka|NATS\.)|error NU1603: " <<<"$errors"; then
    return 1
  fi

  cat "$log" >&2
  echo "error: the restore of $solution failed" >&2
  exit 1
}

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
restore
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
if [[ -n "$note" ]]; then
  echo "$note"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[[ ${#broken[@]} == 0 && $failed == 0 && $passed -gt 0 ]]
