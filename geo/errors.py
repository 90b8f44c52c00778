"""What can stop the spatial library.

The docstring of a class is its default message, for the log; the sentence a person reads is `sentence`,
worded from `geo/locale`. A bad *row* is never an exception: it is a `geo.rows.Problem`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geo.sentences import Sentence

if TYPE_CHECKING:
    from geo.tables import Problem


class GeoError(Exception):
    """The spatial library could not do what was asked."""

    message_id = "error.geo"

    def __init__(self, message_id: str | None = None, **values: object) -> None:
        self.sentence = Sentence(message_id or self.message_id, values)
        super().__init__(f"{type(self).__doc__} {self.sentence.id} {values}" if values else type(self).__doc__)


class FileRefused(GeoError):
    """The file cannot be read safely, or is not what it says it is."""

    message_id = "error.file_refused"


class RowsRefused(FileRefused):
    """Rows of one or more files are not what is needed; `problems` tells each of them, with the name of its file."""

    message_id = "error.rows_refused"

    def __init__(self, problems: "Sequence[tuple[str, Problem]]") -> None:
        super().__init__(rows=len({(file, problem.row) for file, problem in problems}))
        self.problems = tuple(problems)


class FileEmpty(FileRefused):
    """The file holds no row."""

    message_id = "error.file_empty"


class FormatUnknown(FileRefused):
    """The file is of no format that is read here."""

    message_id = "error.format_unknown"


class ColumnsUnknown(FileRefused):
    """No column of the file means anything here."""

    message_id = "error.columns_unknown"


class RegionsRefused(GeoError):
    """The boundaries cannot be used as they are."""

    message_id = "error.regions_refused"


class ModelRefused(GeoError):
    """The file of weights cannot be used."""

    message_id = "error.model_refused"


class ClusterUnreachable(GeoError):
    """No scheduler answers at the address of the cluster."""

    message_id = "error.cluster_unreachable"


class WorkersTooSmall(GeoError):
    """Worker after worker ended at the same piece of work, most likely for want of memory."""

    message_id = "error.workers_too_small"


class LabelsRefused(GeoError):
    """Nothing can be learned from these labels."""

    message_id = "error.labels_refused"
