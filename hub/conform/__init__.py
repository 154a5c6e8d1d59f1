"""The conformance kit: numbered cases from the rules, run against a hub as two of its agencies."""
