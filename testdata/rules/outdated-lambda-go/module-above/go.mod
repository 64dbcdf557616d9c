module example.com/stock

go 1.21

require github.com/aws/aws-lambda-go v1.13.3
