#!/usr/bin/env bash
set -euo pipefail

export GOOS=linux GOARCH=amd64
for dir in cmd/*/; do
  name=$(basename "$dir")
  echo "building $name"
  go build -o "bin/$name" "./$dir"
done
