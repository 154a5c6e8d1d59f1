"""Who is in: sessions, and what keeps others out."""
