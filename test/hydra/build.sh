#!/usr/bin/env bash
# Builds Ory Hydra 2.3.0 from the Go module proxy, once, and prints where it is (two minutes, needs Go 1.24 or newer, and a C compiler).
set -euo pipefail
out=${XDG_CACHE_HOME:-$HOME/.cache}/tessera-tests/hydra-2.3.0
if [ ! -x "$out/hydra" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  {
    printf 'module hydra-to-compare-with\n\ngo 1.24\n' > go.mod
    go get -tool github.com/ory/hydra/v2@v2.3.0
    # Hydra's own go.mod replaces this module; a replacement is not inherited, so it is said again.
    go mod edit -replace github.com/gobuffalo/pop/v6=github.com/ory/pop/v6@v6.2.1-0.20241121111754-e5dfc0f3344b
    GOFLAGS=-mod=mod GOBIN="$out" go install -tags sqlite,json1 github.com/ory/hydra/v2
  } >&2
fi
printf '%s\n' "$out/hydra"
