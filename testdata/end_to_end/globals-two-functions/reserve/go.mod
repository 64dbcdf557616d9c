module reserve

go 1.19
