module example.com/documents

go 1.21
