package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

/*
The first version was bound to libjpeg:

import "C"
*/

// handle no longer needs import "C".
func handle(ctx context.Context) (string, error) {
	return `import "C"`, nil
}

func main() {
	lambda.Start(handle)
}
