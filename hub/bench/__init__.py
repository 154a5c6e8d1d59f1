"""`truc bench`: the hub against the floor of the same parts, measured in one run, because machines are shared and noisy.

A floor is the least that could do the same job: a bare ASGI application that verifies with lxml and `cryptography`
alone and writes the same rows in one transaction per group. What is reported are ratios; absolute figures stand beside
them. Nothing here is asserted in a test.
"""
