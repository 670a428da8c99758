"""Folders that are dropped on an uploader keep their names.

Streamlit sends the path of a file within a folder that was chosen by a click (the browser's
`webkitRelativePath`), but not within one that was dropped: there the browser leaves that property
empty, and the path is in `relativePath`, where the uploader's drop zone puts it. Where this has no
effect, only the names of files arrive.
"""

import streamlit as st

_JS = """
export default function () {
  const known = Object.getOwnPropertyDescriptor(File.prototype, "webkitRelativePath")
  if (known.get.netlens) return
  const get = function () {
    return known.get.call(this) || (this.relativePath || "").replace(/^[.]?[/]/, "")
  }
  get.netlens = true
  Object.defineProperty(File.prototype, "webkitRelativePath", { ...known, get })
}
"""

_component = st.components.v2.component("netlens_folder_drops", js=_JS)


def keep_folder_names() -> None:
    """Draw what does it, which cannot be seen; before the uploader."""
    _component(key="folder_drops")
