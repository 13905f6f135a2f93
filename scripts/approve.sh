#!/usr/bin/env bash
# Approves what the tests print now: the public API of each package, and each page or text that a test compares with the code.
# A test that finds a difference writes FILE.received beside FILE; this script puts each one in its place. Read the diff, then commit.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A test of an approved text fails here when the text has changed, and writes what it received.
approving="FullyQualifiedName~PublicApiTests|FullyQualifiedName~ConfigurationPageTests|FullyQualifiedName~ConnectionTableTests|FullyQualifiedName~LogTableTests"
find . -name '*.received' -not -path '*/bin/*' -not -path '*/obj/*' -delete
dotnet build tests/NatsActors.Tests -c Release -v quiet
dotnet test tests/NatsActors.Tests -c Release --no-build --filter "$approving" >/dev/null || true

while IFS= read -r received; do
  mv "$received" "${received%.received}"
  echo "approved ${received%.received}"
done < <(find . -name '*.received' -not -path '*/bin/*' -not -path '*/obj/*')
