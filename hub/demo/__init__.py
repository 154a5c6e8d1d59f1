"""`truc demo`: a hub of your own with agencies of four levels, certificates, and documents that travel and are answered."""
