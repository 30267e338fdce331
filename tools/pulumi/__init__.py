"""The Pulumi CLI on any machine: on PATH, downloaded, or built from its published Go modules."""
