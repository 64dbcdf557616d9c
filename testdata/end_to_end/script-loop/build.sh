#!/bin/sh
set -eu

for program in alpha beta; do
    GOOS=linux GOARCH=amd64 go build -o "bin/$program" "./cmd/$program"
done
