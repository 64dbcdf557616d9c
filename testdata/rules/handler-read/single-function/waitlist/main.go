package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func notify(context.Context) error { return nil }

func main() {
	if name := os.Getenv("_HANDLER"); name != "notify" {
		panic(fmt.Sprintf("no handler %q", name))
	}
	lambda.Start(notify)
}
