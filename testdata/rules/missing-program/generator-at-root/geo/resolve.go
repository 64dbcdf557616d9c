package geo

// Resolve names the country of an address.
func Resolve(address string) string { return table[address] }
