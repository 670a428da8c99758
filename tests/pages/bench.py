"""A station of the CNN lab in AppTest: opened, asked, and its code run as it stands."""

import torch
from streamlit.testing.v1 import AppTest

PAGE = "pages/7_CNN_lab.py"


def run_code(app: AppTest, position: int = 0) -> dict:
    """What the variables of the shown PyTorch code are after it was run."""
    names: dict = {"torch": torch}
    exec(app.code[position].value, names)
    return names


def answer(app: AppTest, given: float | str) -> AppTest:
    """Give an answer to the question, and check it."""
    field = app.radio if isinstance(given, str) else app.number_input
    asked = [widget for widget in field if widget.key.startswith("lab_question")]
    asked[-1].set_value(given)
    check = [button for button in app.button if button.label == "Check"]
    return check[-1].click().run()
