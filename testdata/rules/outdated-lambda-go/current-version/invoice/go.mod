module example.com/invoice

go 1.21

// github.com/aws/aws-lambda-go v1.13.3 hung on provided.al2
require (
	// require github.com/aws/aws-lambda-go v1.17.0
	github.com/aws/aws-lambda-go v1.47.0
	github.com/google/uuid v1.6.0
)
