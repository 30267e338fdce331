"""VersityGW, an S3 server over a folder, for the tests of shared state."""
