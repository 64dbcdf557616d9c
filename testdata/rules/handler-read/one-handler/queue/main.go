package main

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
)

func handle(ctx context.Context) (string, error) {
	log.SetPrefix(filepath.Base(os.Args[0]) + ": ")
	return "done", nil
}

func main() {
	lambda.Start(handle)
}
