"""Stands before the real pip on PYTHONPATH; see __main__."""
