#!/bin/sh
set -eu
GOOS=linux GOARCH=amd64 go build -o bin/growth ./cmd/growth
cat > bin/manifest.json <<EOF
{"program": "bin/growth"}
EOF
