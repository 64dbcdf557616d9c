module example.com/invoice

go 1.13

require (
	github.com/aws/aws-lambda-go v1.13.3
	github.com/google/uuid v1.1.1
)
