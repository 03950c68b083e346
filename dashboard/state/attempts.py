"""The latest attempt at a run that a screen asks for."""

from dashboard.state.state import RunView, atlas
from interaction_engine.core.errors import InputError
from interaction_engine.core.status import RunStatus
from interaction_engine.runs.specification import Specification


def latest(specification: Specification) -> RunView | None:
    """The last attempt at a run, or None where it was never asked for."""
    view = None
    while True:
        try:
            view = atlas().run(specification.run_id)
        except InputError:
            return view
        if view.status not in (RunStatus.FAILED, RunStatus.CANCELLED):
            return view
        specification = specification.again()
