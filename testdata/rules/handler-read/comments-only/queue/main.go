package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

/*
Until 2019 the action came from os.Getenv("_HANDLER"), then from os.Args[0]
or os.Executable().
*/

// handle does what ACTION says; it never looks at "_HANDLER" or os.Args[0].
func handle(ctx context.Context) (string, error) {
	return os.Getenv("ACTION"), nil // not os.Executable()
}

func main() {
	lambda.Start(handle)
}
