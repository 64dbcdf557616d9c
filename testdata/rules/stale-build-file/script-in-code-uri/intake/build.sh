#!/bin/sh
set -e
cd "$(dirname "$0")"
GOOS=linux CGO_ENABLED=0 go build -ldflags "-s -w" -o intake .
