"""Choices that live in the address alone: read with validation, written only when they change.

Writing what is there already would overwrite the entry before in the browser's history.
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from ui.page import plain


def segments(
    label: str, param: str, options: Mapping[str, str], key: str, without: Sequence[str] = ()
) -> str:
    """One of a few options (value -> name) side by side; the first one is the default.

    A change takes the keys ``without`` out of the address.
    """
    return _one_of(st.segmented_control, label, param, options, key=key, without=without)


def pills(label: str, param: str, options: Mapping[str, str], key: str) -> str:
    """One of a dozen options (value -> name) as pills; the first one is the default."""
    return _one_of(st.pills, label, param, options, key=key)


def select(label: str, param: str, options: Mapping[str, str], key: str) -> str:
    """One of many options (value -> name); the first one is the default."""
    _into_state(param, options, key)
    return st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=lambda: _take(param, options, key),
    )


def complain(param: str, given: str, advice: str) -> None:
    """One sentence about an address that cannot be followed."""
    st.warning(
        plain(f"The address asks for {param}={given[:80]}, which is not there: {advice}."),
        icon=":material/link_off:",
    )


def _one_of(
    widget: Callable[..., str],
    label: str,
    param: str,
    options: Mapping[str, str],
    *,
    key: str,
    without: Sequence[str] = (),
) -> str:
    _into_state(param, options, key)
    return widget(
        label,
        list(options),
        required=True,
        format_func=options.__getitem__,
        key=key,
        on_change=lambda: _take(param, options, key, without),
        label_visibility="collapsed",
        wrap=True,
    )


def _into_state(param: str, options: Mapping[str, str], key: str) -> None:
    default = next(iter(options))
    given = st.query_params.get(param, default)
    if given not in options:
        del st.query_params[param]  # so that it is said once
        complain(param, given, f"choose one of {', '.join(options)}")
        given = default
    st.session_state[key] = given


def _take(param: str, options: Mapping[str, str], key: str, without: Sequence[str] = ()) -> None:
    for other in without:
        st.query_params.pop(other, None)
    chosen = st.session_state[key]
    if chosen == next(iter(options)):
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = chosen
