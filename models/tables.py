"""All tables, so that the metadata is whole: migrations and relationships by name need every module imported once."""

from models import account, call, call_back, case, event, mass_event, order, proposal, recording, seat, utterance, waiting
from models.base import Base

METADATA = Base.metadata
MODULES = (account, call, call_back, case, event, mass_event, order, proposal, recording, seat, utterance, waiting)
