package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func read(ctx context.Context) (string, error)  { return "read", nil }
func write(ctx context.Context) (string, error) { return "written", nil }

func main() {
	switch name := os.Getenv("_HANDLER"); name {
	case "read":
		lambda.Start(read)
	case "write":
		lambda.Start(write)
	default:
		panic(fmt.Sprintf("no handler %q", name))
	}
}
