"""What `make` runs: setting up, checking, and the demo. Standard library only, any Python from 3.10."""
