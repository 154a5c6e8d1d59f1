"""Who is who: agencies, their codes and names by day, their keys and certificates, people, and how all that changes."""
