package main

import "fmt"

func main() {
	fmt.Println("sending 100 orders")
}
