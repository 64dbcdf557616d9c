package main

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
)

var handlers = map[string]func(context.Context) (string, error){
	"read":  func(ctx context.Context) (string, error) { return "read", nil },
	"write": func(ctx context.Context) (string, error) { return "written", nil },
}

func main() {
	path, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handlers[filepath.Base(path)])
}
