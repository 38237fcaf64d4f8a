"""Every error number that localdb may raise, with its text and severity, by subject.

Texts and severities are SQL Server's: https://learn.microsoft.com/sql/relational-databases/errors-events/
Add a number here before raising it anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.error_texts.external import EXTERNAL
from localdb.error_texts.objects import OBJECTS
from localdb.error_texts.security import SECURITY
from localdb.error_texts.statements import STATEMENTS
from localdb.error_texts.text import Text

MESSAGES: Mapping[int, Text] = MappingProxyType({**STATEMENTS, **OBJECTS, **SECURITY, **EXTERNAL})
