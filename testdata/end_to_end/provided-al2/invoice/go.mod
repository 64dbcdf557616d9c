module invoice

go 1.19
