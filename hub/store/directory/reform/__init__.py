"""Changing the directory on a day: planned with their consequences, approved, made, withdrawn. Nothing is ever deleted."""
