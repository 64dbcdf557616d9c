module voucher

go 1.19
