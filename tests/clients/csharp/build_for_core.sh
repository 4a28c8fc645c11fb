#!/usr/bin/env bash
# Builds the till for .NET Core: build_for_core.sh FILE. Mono's compiler does it, with the libraries of
# the runtime in the place of its own.
set -euo pipefail

libraries=$(dirname runtime/dotnetcore2/bin/shared/Microsoft.NETCore.App/*/System.Runtime.dll)
used=()
for each in Private.CoreLib Private.Uri Runtime Runtime.Extensions Collections Console Net.Http Net.Primitives \
  Net.Requests Runtime.InteropServices Text.RegularExpressions Threading Threading.Thread; do
  used+=("-r:$libraries/System.$each.dll")
done
# 1702: the libraries name versions of each other that differ in the last digits.
mcs -nostdlib -noconfig -nowarn:1702 "${used[@]}" -out:"$1" Walk.cs WithHttpClient.cs
