"""Real parts for the tests: PostgreSQL and Apache Kafka, started here, ended with us whatever happens."""
