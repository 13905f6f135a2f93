#!/usr/bin/env bash
# Measures each way into a publisher beside a raw blast, and fails when one has become much slower (tests/NatsActors.Benchmarks/floors.json).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

set_up
dotnet run -c Release --project tests/NatsActors.Benchmarks -- gate "$@"
