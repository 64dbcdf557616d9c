#!/usr/bin/env bash
set -e
NAMES="gate crane"
mkdir -p dist
for name in $NAMES; do
  env GOOS=linux GOARCH=amd64 go build -o bin/${name} ./cmd/${name}
  zip -q -j dist/${name}.zip bin/${name}
done
