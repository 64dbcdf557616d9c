module archive

go 1.19
