"""Paper: values in, bytes out."""
