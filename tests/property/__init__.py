"""What holds for every input, tried by Hypothesis."""
