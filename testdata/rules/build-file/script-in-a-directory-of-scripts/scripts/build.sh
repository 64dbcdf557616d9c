#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

GOOS=linux GOARCH=amd64 go build -trimpath -o dist/glaze ./cmd/glaze
