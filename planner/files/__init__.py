"""How files are read and written: regular files only, up to a size, whole or not at all."""
