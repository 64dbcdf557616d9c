#!/usr/bin/env bash
set -euo pipefail

export GOOS=linux
export GOARCH=amd64

mkdir -p dist
go build -ldflags '-s -w' -o dist/label ./cmd/label
chmod +x dist/label
echo "label is ready" # for the log
