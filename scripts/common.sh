# Sourced. What the scripts need: the repository as the working directory, the SDK, a nats-server.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/install-program.sh

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Build nodes that outlive the command would keep its output open.
export MSBUILDDISABLENODEREUSE=1

set_up() {
  if ! command -v dotnet >/dev/null; then
    echo "error: the .NET 10 SDK is needed (https://dotnet.microsoft.com/download)" >&2
    return 1
  fi

  if ! dotnet --version >/dev/null 2>&1; then
    echo "error: the .NET SDK that global.json asks for is not installed:" >&2
    dotnet --version >&2 || true
    return 1
  fi

  install_nats_server
}
