package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func order(context.Context) error { return nil }

func giveBack(context.Context) error { return nil }

func main() {
	switch os.Getenv("_HANDLER") {
	case "orders":
		lambda.Start(order)
	case "returns":
		lambda.Start(giveBack)
	}
}
