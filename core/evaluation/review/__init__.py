"""What people say of pictures whose labels and answers disagree: votes, notes and tags."""
