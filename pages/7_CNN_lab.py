"""CNN lab: the arithmetic of a convolutional network, hands on."""

import streamlit as st

from ui import address
from ui.lab.station import have_a_picture, show
from ui.lab.stations import STATIONS
from ui.page import CNN_LAB, page

with page(CNN_LAB, begin=have_a_picture):
    st.title("CNN lab")
    names = {name: f"{station.icon} {station.title}" for name, station in STATIONS.items()}
    show(STATIONS, address.pills("Station", "view", names, "lab_station"))
