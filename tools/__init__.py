"""What `make` runs. What has to run before anything is installed needs the standard library only, of any Python from 3.10."""
