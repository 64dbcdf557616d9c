module claims

go 1.19
