#!/bin/bash
set -e
cd "$(dirname "$0")"

GOOS=linux go build -o ./bin/hail-alert . || exit 1
ls -l ./bin/hail-alert
