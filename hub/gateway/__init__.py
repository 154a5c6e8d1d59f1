"""The face that agencies' office systems, and people's scripts, see: HTTP in, problem documents out."""
