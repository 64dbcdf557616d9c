package main

import (
	"context"
	"log"

	"github.com/aws/aws-lambda-go/lambda"
)

func run(ctx context.Context) error {
	log.Print("invoice")
	return nil
}

func main() {
	lambda.Start(run)
}
