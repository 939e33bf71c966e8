"""Where untrusted code runs, and the data that comes back."""
