module score

go 1.19
