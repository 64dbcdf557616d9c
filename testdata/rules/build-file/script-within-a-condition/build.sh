#!/bin/sh
if [ "$STAGE" = prod ]; then
	GOOS=linux GOARCH=amd64 go build -tags prod -o bin/lock ./cmd/lock
else
	GOOS=linux GOARCH=amd64 go build -o bin/lock ./cmd/lock
fi
