"""Plans that cost little more than the least: others by their strategic decisions, and those of the least measure."""
