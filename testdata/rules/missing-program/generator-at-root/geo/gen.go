//go:build ignore

// gen writes table.go; go build leaves it out.
package main

import "os"

func main() {
	os.WriteFile("table.go", []byte("package geo\n\nvar table = map[string]string{}\n"), 0o644)
}
