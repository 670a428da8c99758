"""The frame that every page shares: title, icon, sidebar, and the edge where errors are shown."""

import contextlib
import logging
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import streamlit as st

from core import data, models, paths
from core.errors import NetlensError
from ui import hand
from ui.run_names import run_name

_log = logging.getLogger("netlens")
_ADDRESSES = "page_addresses"


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page as the sidebar and Home's cards name it."""

    script: str
    title: str
    icon: str
    purpose: str
    picture: str = ""  # below assets/cards; Home alone has none
    alt: str = ""


HOME = PageLink("streamlit_app.py", "Home", ":material/home:", "Where to begin.")
CLASSES = PageLink(
    "pages/1_Classes.py",
    "Classes",
    ":material/account_tree:",
    "Search ImageNet's classes, walk WordNet's tree, and look up what a name means.",
    "classes.png",
    "A map of the kinds of vehicle",
)
CLASSIFY = PageLink(
    "pages/2_Classify.py",
    "Classify",
    ":material/image_search:",
    "Show one or many pictures to one or several models and compare what they say.",
    "classify.png",
    "Five class names with their probabilities as bars",
)
FEATURE_MAPS = PageLink(
    "pages/3_Feature_maps.py",
    "Feature maps",
    ":material/layers:",
    "Walk through a network layer by layer and see what each channel answers to.",
    "feature-maps.png",
    "Channels of a layer as a grid of small maps",
)
GRAD_CAM = PageLink(
    "pages/4_Grad-CAM.py",
    "Grad-CAM",
    ":material/local_fire_department:",
    "See which parts of a picture speak for a class, and put the explanation to the test.",
    "grad-cam.png",
    "Channels that add up to a class's score, as bars",
)
FINE_TUNE = PageLink(
    "pages/5_Fine-tune.py",
    "Fine-tune",
    ":material/model_training:",
    "Teach a model your own classes from a few labelled pictures, and watch it learn.",
    "fine-tune.png",
    "Accuracy rising from epoch to epoch, in training and on the validation pictures",
)
MISTAKES = PageLink(
    "pages/6_Mistakes.py",
    "Mistakes",
    ":material/rule:",
    "Ask a model about a whole data set, and study where, how badly and why it errs.",
    "mistakes.png",
    "How often answers are right, by how sure the model was, as bars",
)
CNN_LAB = PageLink(
    "pages/7_CNN_lab.py",
    "CNN lab",
    ":material/science:",
    "Play with the arithmetic of a network: convolution, losses, descent, and the rest.",
    "cnn-lab.png",
    "Paths of gradient descent from one start over a surface",
)
SECTIONS = {
    "Explore": (HOME, CLASSES, CLASSIFY),
    "Look inside": (FEATURE_MAPS, GRAD_CAM),
    "Learn and tune": (CNN_LAB, FINE_TUNE),
    "Judge": (MISTAKES,),
}


@contextlib.contextmanager
def page(link: PageLink, begin: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Everything around a page's own content.

    ``begin`` may take something in hand, after the address was read and before the sidebar tells.
    Whatever goes wrong inside is shown as a sentence: our own errors as they stand, anything else
    as a notice with the traceback in the server's log only.
    """
    st.set_page_config(
        page_title="Netlens" if link is HOME else f"{link.title} · Netlens",
        page_icon=str(paths.ASSETS / "favicon.png"),
        layout="wide",
    )
    with edge(link.title):
        problems = hand.adopt_address()
        begin()
        _sidebar(link)
        for problem in problems:
            st.warning(plain(problem), icon=":material/link_off:")
        yield
        _remember_address(link)


@contextlib.contextmanager
def edge(what: str) -> Iterator[None]:
    """Show what goes wrong inside as a sentence; `what` failed, says the log of our own mistakes.

    A fragment that draws itself anew needs one of its own.
    """
    try:
        yield
    except NetlensError as error:
        show_error(str(error))
    except Exception:  # noqa: BLE001 (the edge: whatever it is, the user gets a sentence)
        _log.exception("%s failed", what)
        show_error(
            "Netlens made a mistake here; nothing of yours is lost. The details are in the "
            "terminal where it was started."
        )


def show_error(sentence: str) -> None:
    """A sentence that says what happened and what to do, safe from Markdown in file names."""
    st.error(plain(sentence), icon=":material/error:")


def plain(text: str) -> str:
    """Text that Markdown shows as it stands: no marks, entities, formulas, icons or pictures.

    A whole address still becomes a link, which shows where it leads.
    """
    words = data.printable(" ".join(text.split()))
    return "".join(f"\\{c}" if c in string.punctuation else c for c in words)


def _remember_address(link: PageLink) -> None:
    """Keep what this page alone has in the address: its link then leads back to that view."""
    own = {key: st.query_params.get_all(key) for key in st.query_params if key not in hand.KEYS}
    st.session_state.setdefault(_ADDRESSES, {})[link.script] = own


def _sidebar(current: PageLink) -> None:
    with st.sidebar:
        for section, links in SECTIONS.items():
            st.caption(section)
            for link in links:
                params = st.session_state.get(_ADDRESSES, {}).get(link.script, {})
                params = params | hand.link_params()
                st.page_link(link.script, label=link.title, icon=link.icon, query_params=params)
        st.caption("In hand")
        _pictures_in_hand()
        for name in hand.model_names():
            st.markdown(f":material/neurology: {plain(run_name(name) or name)}")
            with contextlib.suppress(NetlensError):  # said where the model is used
                st.caption(f"{models.info(name).classes:,} classes")
        if current is not CLASSIFY:
            st.page_link(
                CLASSIFY.script,
                label="Change",
                icon=":material/tune:",
                query_params=hand.link_params(),
            )


def _pictures_in_hand() -> None:
    held = hand.pictures()
    if not held:
        st.caption("No picture yet.")
        return
    with contextlib.suppress(NetlensError):  # the page itself says what is wrong with a picture
        st.image(held[0].thumbnail(96), width="content", alt=held[0].name)
    more = f" and {len(held) - 1} more" if len(held) > 1 else ""
    st.caption(plain(f"{held[0].name}{more}"))
    st.button("Put down", icon=":material/close:", type="tertiary", on_click=hand.put_down)
