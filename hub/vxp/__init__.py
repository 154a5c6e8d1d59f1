"""A second face: the calls that existing clients of the national axis (VXP) make, translated to the hub's own use cases."""
