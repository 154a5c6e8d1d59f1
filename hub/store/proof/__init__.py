"""What the hub's proofs are kept in: changes of the registry, receipts, and the append-only log with its heads."""
