module tariff

go 1.19
