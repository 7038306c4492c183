"""The modules of the house, in menu order. A new one is a line here; only `ems/__init__.py` reads this."""

from ems.complaints.module import COMPLAINTS, FOUND as IN_COMPLAINTS, PAPERS, PUBLIC
from ems.complaints.sheets import INTAKE as OF_COMPLAINTS
from ems.core.db import InUnit
from ems.core.module import Module
from ems.enterprises.module import ENTERPRISES, FOUND as IN_ENTERPRISES
from ems.enterprises.sheets import INTAKE as OF_ENTERPRISES
from ems.home.module import HOME
from ems.hotspots.module import FOUND as IN_HOTSPOTS, HOTSPOTS
from ems.inspections.module import FOUND as IN_INSPECTIONS, INSPECTIONS
from ems.nonconformities.module import FOUND as IN_NONCONFORMITIES, NONCONFORMITIES
from ems.nonconformities.sheets import INTAKE as OF_NONCONFORMITIES
from ems.orders.module import FOUND as IN_ORDERS, ORDERS
from ems.people.module import FOUND as IN_PEOPLE, HANDOVERS, OWN, PEOPLE, UNITS
from ems.permits.module import FOUND as IN_PERMITS, PERMITS
from ems.permits.sheets import INTAKE as OF_PERMITS
from ems.reminders.module import CHANNELS, FEEDS, LEDGER
from ems.reports.module import CHECKUP, FIGURES, FOUND as IN_REPORTS, REPORTS
from ems.settings.module import LOG, SETTINGS
from ems.tasks.module import FOUND as IN_TASKS, TASKS
from ems.tasks.sheets import INTAKE as OF_TASKS
from ems.web.kinds import Intake

MODULES: tuple[Module, ...] = (
    HOME, COMPLAINTS, TASKS, HOTSPOTS, INSPECTIONS, NONCONFORMITIES,
    ENTERPRISES, PERMITS, ORDERS,
    FIGURES, REPORTS, CHECKUP,
    PAPERS, PUBLIC, OWN, FEEDS, PEOPLE, UNITS, HANDOVERS, SETTINGS, LEDGER, CHANNELS, LOG,
)  # fmt: skip

#: what the search finds of each kind of row
FOUND: dict[type[InUnit], tuple[str, ...]] = {
    **IN_COMPLAINTS, **IN_INSPECTIONS, **IN_ENTERPRISES, **IN_PERMITS, **IN_ORDERS, **IN_PEOPLE, **IN_REPORTS,
    **IN_TASKS, **IN_HOTSPOTS, **IN_NONCONFORMITIES,
}  # fmt: skip

#: the sheets that are taken in
INTAKES: tuple[Intake, ...] = (OF_COMPLAINTS, OF_ENTERPRISES, OF_PERMITS, OF_NONCONFORMITIES, OF_TASKS)
