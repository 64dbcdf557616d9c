#!/bin/sh
if [ -n "$RELEASE" ]; then
	GOOS=linux GOARCH=amd64 go build -ldflags=-s -o bin/oat-mill ./cmd/oat-mill
fi
