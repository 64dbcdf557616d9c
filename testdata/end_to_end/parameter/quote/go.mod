module quote

go 1.19
