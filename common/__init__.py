"""What the notebooks import. Nothing is imported here: `import common` costs nothing, and only the modules
that need PyTorch import it."""
