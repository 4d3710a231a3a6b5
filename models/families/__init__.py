"""The families of requirements, one file each; `models.build` lists them in order."""
