"""The parts of a page that draw themselves again while a run goes on."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from tests.dashboard.stand_ins import detection, healthy


def script(part: str, run_id: str) -> None:
    import streamlit as st

    from dashboard.components import run_panel
    from dashboard.state.state import atlas

    st.markdown("above")
    if part == "panel":
        run_panel.follow(run_id)
    elif part == "spinner":
        run_panel.quiet(run_id, "Waiting")
    else:
        run_panel.show_runs([atlas().run(run_id)], None)
    st.markdown("below")


@pytest.mark.parametrize("part", ["panel", "spinner", "list"])
def test_a_timer_that_fires_before_the_page_was_sent_leaves_no_hole_in_it(part, atlas, data_id, monkeypatch):
    """When a part is drawn again, Streamlit drops what it drew and was not sent yet; its neighbours stay queued."""
    specification = detection(data_id)
    atlas.store.put_specification(specification)
    sent: list[ForwardMsg] = []
    drawn = LocalScriptRunner.forward_msgs
    monkeypatch.setattr(LocalScriptRunner, "forward_msgs", lambda runner: sent.extend(drawn(runner)) or drawn(runner))
    app = AppTest.from_function(script, kwargs={"part": part, "run_id": specification.run_id}).run(timeout=30)
    healthy(app)
    redrawn = {message.delta.fragment_id for message in sent if message.HasField("delta")} - {""}
    assert len(redrawn) == 1
    queue = ForwardMsgQueue()
    for message in sent:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=sorted(redrawn))
    places = [message.metadata.delta_path for message in queue.flush() if message.HasField("delta")]
    assert [place[1] for place in places if len(place) == 2] == [0, 1, 2]


def fragments_of_two_runs() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from dashboard.components import fragments

    @st.fragment(run_every=60)
    def one() -> None:
        st.markdown("one")

    fragments.draw(one)
    context = get_script_run_ctx()
    assert context is not None
    st.text(f"{len(context.fragment_storage._fragments)} before")  # pyright: ignore[reportAttributeAccessIssue]
    fragments.forget_earlier()
    st.text(f"{len(context.fragment_storage._fragments)} after")  # pyright: ignore[reportAttributeAccessIssue]


def test_fragments_of_an_earlier_run_are_forgotten_when_the_next_begins():
    app = AppTest.from_function(fragments_of_two_runs).run(timeout=30)
    healthy(app)
    assert [text.value for text in app.text] == ["1 before", "0 after"]
