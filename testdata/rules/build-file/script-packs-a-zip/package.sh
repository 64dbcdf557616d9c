#!/bin/sh
set -e
GOOS=linux GOARCH=amd64 go build -o main ./cmd/flag-audit
zip -q flag-audit.zip main
rm main
