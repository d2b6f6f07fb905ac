"""What executes a notebook: one interface, the jailed engine and the plain kernel behind it."""
