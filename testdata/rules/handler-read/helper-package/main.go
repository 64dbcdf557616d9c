package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"example.com/queue/internal/dispatch"
)

func main() {
	lambda.Start(dispatch.Handler())
}
