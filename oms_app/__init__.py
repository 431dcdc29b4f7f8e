"""Order management: from the click to the doorstep and back."""
