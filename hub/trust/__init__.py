"""What makes the hub believable: its key and receipts, and the certificates of others."""
