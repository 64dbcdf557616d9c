package main

import "github.com/aws/aws-lambda-go/lambda"

func handle() error {
	return nil
}

func main() {
	lambda.Start(handle)
}
