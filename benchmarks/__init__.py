"""How fast this package is, against the floor: the same program with a dynamic provider that does nothing."""
