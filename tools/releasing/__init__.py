"""A release of this package, up to the upload: docs/releasing.md."""
