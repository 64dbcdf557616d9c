package main

import (
	"context"
	"log"

	"github.com/aws/aws-lambda-go/lambda"
)

func run(ctx context.Context) error {
	log.Print("exported")
	return nil
}

func main() {
	lambda.Start(run)
}
