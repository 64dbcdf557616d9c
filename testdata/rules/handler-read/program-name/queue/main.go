package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
)

func read(ctx context.Context) (string, error)  { return "read", nil }
func write(ctx context.Context) (string, error) { return "written", nil }

func main() {
	switch name := filepath.Base(os.Args[0]); name {
	case "read":
		lambda.Start(read)
	case "write":
		lambda.Start(write)
	default:
		panic(fmt.Sprintf("no handler %q", name))
	}
}
