package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/thumbs/internal/jpeg"
)

func handle(ctx context.Context) (int, error) {
	return jpeg.Quality(), nil
}

func main() {
	lambda.Start(handle)
}
