"""What answers are worth in numbers: for each class, as probabilities, and beside other answers."""
