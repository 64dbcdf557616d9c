module release

go 1.19
