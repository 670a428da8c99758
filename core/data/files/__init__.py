"""Pictures that are files of their own, or members of archives: listed, kept in mind, read."""
