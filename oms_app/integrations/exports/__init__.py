"""Tables that other companies' systems export, read row by row."""
