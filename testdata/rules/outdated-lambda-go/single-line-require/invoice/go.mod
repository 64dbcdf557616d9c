module example.com/invoice

go 1.15

require github.com/google/uuid v1.1.1

require github.com/aws/aws-lambda-go v1.17.0 // last one before the move
