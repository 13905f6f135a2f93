#!/usr/bin/env bash
# Starts the outage lab and says where its page is. Arguments go to the lab, such as --urls http://127.0.0.1:8080 or --Lab:Rate=2000.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

set_up
dotnet build examples/OutageLab -c Release -v quiet
exec dotnet examples/OutageLab/bin/Release/net10.0/OutageLab.dll "$@"
