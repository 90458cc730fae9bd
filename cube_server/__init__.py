"""An OLAP cube server: a library that answers cube queries; `api/` serves it, `loaders/` fill what it reads."""
