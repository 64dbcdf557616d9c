module script

go 1.19
