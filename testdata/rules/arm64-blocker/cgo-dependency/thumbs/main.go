package main

import (
	"context"
	"database/sql"

	"github.com/aws/aws-lambda-go/lambda"
	_ "github.com/mattn/go-sqlite3" // links SQLite, which is C
)

func handle(ctx context.Context) error {
	db, err := sql.Open("sqlite3", "/tmp/thumbs.db")
	if err != nil {
		return err
	}
	return db.PingContext(ctx)
}

func main() {
	lambda.Start(handle)
}
