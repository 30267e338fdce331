"""What a new user gets wrong: checks, one after the other, each with its remedy."""
