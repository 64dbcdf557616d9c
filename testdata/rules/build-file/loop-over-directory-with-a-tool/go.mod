module example.com/rooms

go 1.21
