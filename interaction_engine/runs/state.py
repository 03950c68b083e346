"""The state of runs: a DBOS database, SQLite in the home folder or Postgres at `ATLAS_DATABASE_URL`.

Both sides, the runner that works and the pages that ask, find here what they must agree on. Nothing is pickled: only
the id of a run is passed, and everything that DBOS writes is JSON.
"""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InteractionError
from .specification import Specification

if TYPE_CHECKING:  # half a second of imports, which a page without runs does not need
    from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus

APPLICATION = "interaction-atlas"
WORKFLOW = "run"
APPLICATION_VERSION = "1"
"""Fixed: otherwise an edit of the code would leave the runs of yesterday pending for ever."""

QUEUES = {"detect": "runs", "train": "runs", "study": "runs", "check": "views", "view": "views", "plan": "views"}
"""Views, plans and checks have a queue of their own, so that a page does not wait behind an hour of training."""

logging.getLogger("dbos").setLevel(logging.ERROR)


def serializer() -> "DBOSPortableJSONSerializer":
    """Return what writes everything that DBOS stores: JSON."""
    from dbos import DBOSPortableJSONSerializer

    return DBOSPortableJSONSerializer()


def database_url(home: Path) -> str:
    """Return the address of the database of runs."""
    return os.environ.get("ATLAS_DATABASE_URL") or f"sqlite:///{home / 'state.sqlite'}"


class State:
    """What a page asks of the database; it is made when there is none. `InteractionError` when it cannot be used."""

    def __init__(self, home: Path) -> None:
        self._url, self._file = database_url(home), home / "state.sqlite"

    def enqueue(self, specification: Specification) -> None:
        """Put a run into its queue; one that is known already stays as it is."""
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUES[specification.kind],
            "workflow_id": specification.run_id,
            "app_version": APPLICATION_VERSION,
            "authenticated_user": specification.owner,
        }
        with _talking():
            self._client.enqueue(options, specification.run_id)

    def find(self, run_id: str) -> "WorkflowStatus | None":
        """Return what the database knows of a run; None where it knows nothing."""
        if self._is_new:
            return None
        with _talking():
            result = self._client.list_workflows(workflow_ids=[run_id], load_input=False)
        return result[0] if result else None

    def latest(self, owner: str | None, limit: int) -> "list[WorkflowStatus]":
        """Return the latest runs, the newest first."""
        if self._is_new:
            return []
        with _talking():
            return self._client.list_workflows(name=WORKFLOW, user=owner, limit=limit, sort_desc=True, load_input=False)

    def cancel(self, run_id: str) -> None:
        """Stop a run."""
        with _talking():
            self._client.cancel_workflow(run_id)

    def delete(self, run_id: str) -> None:
        """Forget a run."""
        with _talking():
            self._client.delete_workflow(run_id)

    def close(self) -> None:
        """Give the connection to the database back."""
        if "_client" in self.__dict__:
            self._client.destroy()

    @property
    def _is_new(self) -> bool:
        """Whether nothing was ever enqueued."""
        return self._url.startswith("sqlite") and not self._file.exists()

    @cached_property
    def _client(self) -> "DBOSClient":
        from dbos import DBOS, DBOSClient

        DBOS.migrate(self._url)
        return DBOSClient(
            system_database_url=self._url,
            serializer=serializer(),
            application_name=APPLICATION,
            retry_connection_errors=False,
        )


@contextmanager
def _talking() -> Generator[None]:
    """Turns the troubles of a database into a sentence, without the statement that met them."""
    try:
        yield
    except Exception as problem:
        from sqlalchemy.exc import SQLAlchemyError

        if not isinstance(problem, SQLAlchemyError):
            raise
        reason = " ".join(str(getattr(problem, "orig", None) or type(problem).__name__).split())[:200]
        raise InteractionError(
            f"The database of runs cannot be used ({reason}); free some disk space, or see that it is reachable."
        ) from problem
