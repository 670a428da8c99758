"""The arithmetic that the lessons show. Nothing here knows a model of the zoo or a page."""
