"""What improves the agent, and itself."""
