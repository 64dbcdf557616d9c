module example.com/courses

go 1.21
