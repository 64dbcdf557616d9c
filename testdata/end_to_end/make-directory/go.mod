module directory

go 1.19
