module letters

go 1.19
