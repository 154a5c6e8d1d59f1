"""The only Kafka. The bus is the bell, not the truth: a note lost, doubled or late harms nothing."""
