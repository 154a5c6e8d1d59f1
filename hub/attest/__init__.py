"""The hub's word and its proof: receipts of refusals and deliveries, the log they go into, evidence, and its audit."""
