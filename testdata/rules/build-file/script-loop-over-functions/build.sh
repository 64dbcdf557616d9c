#!/bin/sh
set -eu

for name in open close; do
	GOOS=linux GOARCH=amd64 go build -o "build/$name" "./cmd/$name"
done
