"""What other people's scripts depend on, tried from outside: processes, files and HTTP, documents written by hand."""
