"""Below the client: what an exchange over HTTP needs, and what its answers mean."""
