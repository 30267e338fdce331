"""Every account of every configured subscription, compared with what the stack declares."""
