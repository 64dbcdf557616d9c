module example.com/thumbs

go 1.21

require (
	github.com/aws/aws-lambda-go v1.47.0
	github.com/mattn/go-sqlite3 v1.14.22
)
