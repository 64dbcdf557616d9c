module example.com/linden/cache-node

go 1.21

require (
	github.com/aws-cloudformation/cloudformation-cli-go-plugin v1.2.0
	github.com/aws/aws-lambda-go v1.41.0 // indirect
)
