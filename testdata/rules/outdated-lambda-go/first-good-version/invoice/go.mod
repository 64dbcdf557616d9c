module example.com/invoice

go 1.21

require github.com/aws/aws-lambda-go v1.18.0
