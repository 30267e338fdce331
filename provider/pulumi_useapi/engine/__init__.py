"""What this package knows of the processes in which Pulumi runs it: the program's and the providers'."""
