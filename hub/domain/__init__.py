"""The rules, pure: no I/O, no await, no clock. Times come in as arguments, aware and in UTC."""
