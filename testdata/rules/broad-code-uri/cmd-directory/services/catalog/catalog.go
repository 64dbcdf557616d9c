package catalog

// Item is one entry of the catalog.
type Item struct{ SKU string }
