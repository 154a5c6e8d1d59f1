"""What travels: envelopes, deliveries, notes, reports, originals, and what becomes of them."""
