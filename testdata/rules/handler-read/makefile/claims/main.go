package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func open(context.Context) error   { return nil }
func settle(context.Context) error { return nil }

func main() {
	if os.Getenv("_HANDLER") == "claim-open" {
		lambda.Start(open)
	}
	lambda.Start(settle)
}
