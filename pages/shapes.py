"""Shapes: models that are sums of curves and maps, side by side, and what each of their terms is worth."""

import streamlit as st

from dashboard.components.findings import caveats, say
from dashboard.components.guards import need_data
from dashboard.screens.shapes import accuracy_curves, compression_panel, shape_editing, shape_models, shapes
from dashboard.state.class_choice import class_choice
from dashboard.state.state import selection
from interaction_engine.methods import words

st.title("Shapes", anchor=False)
data = need_data()
data_id = str(selection().data)
known = shape_models.known_models(data_id)
if not any(model.drawable for model in known):
    shape_models.teach(data_id, known)
    st.stop()

place = st.container()
chosen = shape_models.side_by_side(known)
class_index = class_choice(data)
shape_models.train_more(data_id, known)
models = shape_models.drawn(chosen, class_index)
if not models:
    st.stop()
with place:
    say(words.shapes_finding(models))
    caveats(words.shapes_caveats(models))

shapes.show_models(known, models)
shapes.show_terms(models)
shapes.show_overview(models)
term = shapes.show_term(models)
if term:
    edited = shapes.choose_model(models, "Model to edit", shape_models.EDITED)
    shape_editing.show(next(model.id for model in chosen if model.label == edited), models[edited], term)
accuracy_curves.show(data_id)
compression_panel.show(data_id)
