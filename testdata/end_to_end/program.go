// The program of every function of these apps: it speaks the Lambda Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) with the standard library alone, and
// answers with the path of its own main package, as the Go linker wrote it down, and the event.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"runtime/debug"
)

func main() {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		log.Fatal("built without module information")
	}
	invocations := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		if err := answer(invocations, build.Path); err != nil {
			log.Fatal(err)
		}
	}
}

// answer waits for the next event and answers it.
func answer(invocations, program string) error {
	next, err := http.Get(invocations + "next")
	if err != nil {
		return err
	}
	defer next.Body.Close()
	event, err := io.ReadAll(next.Body)
	if err != nil {
		return err
	}
	response, err := json.Marshal(map[string]any{"program": program, "event": json.RawMessage(event)})
	if err != nil {
		return err
	}
	id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
	posted, err := http.Post(invocations+id+"/response", "application/json", bytes.NewReader(response))
	if err != nil {
		return err
	}
	return posted.Body.Close()
}
