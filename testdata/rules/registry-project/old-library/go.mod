module example.com/rowan/grid-meter

go 1.21

require (
	github.com/aws-cloudformation/cloudformation-cli-go-plugin v1.0.3
)
