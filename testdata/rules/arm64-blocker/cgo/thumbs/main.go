package main

/*
#cgo LDFLAGS: -ljpeg
#include <stdlib.h>
#include "thumb.h"
*/
import "C"

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func handle(ctx context.Context) (int, error) {
	return int(C.thumb_quality()), nil
}

func main() {
	lambda.Start(handle)
}
