package store

// Table is where orders are kept.
const Table = "orders"
