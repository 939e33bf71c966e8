"""The line between the engine and a supervisor or a service."""
