module example.com/votes

go 1.21
