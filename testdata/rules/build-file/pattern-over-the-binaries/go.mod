module example.com/virus

go 1.21
