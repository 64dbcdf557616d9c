module example.com/fare

go 1.22

require github.com/aws/aws-lambda-go v1.13.3
