package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	if os.Getenv("_LAMBDA_SERVER_PORT") == "" {
		fmt.Println("not in Lambda: serving on port 8080")
		return
	}
	lambda.Start(func() error { return nil })
}
