"""The commands of `truc`, one module a subject. Nothing heavy is imported before a command runs."""
