package main

import (
	"github.com/aws-cloudformation/cloudformation-cli-go-plugin/cfn"

	"example.com/osprey/vault-secret/cmd/resource"
)

// main answers the contract tests, without a vault behind it.
func main() {
	cfn.Start(&resource.Handler{})
}
