"""The only SQL, and the only files the hub keeps. Correctness rests on unique constraints and versions."""
