"""Plans that are made before it is known which future comes."""
