"""Who asks: the signed-in user or the API key behind a request."""

from __future__ import annotations

from dataclasses import dataclass

from asisso.db.models import Role
from asisso.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller of the product.

    Attributes:
        organization_id: everything it may see belongs to this organization.
        user_id: None for an API key.
        email: None for an API key.
    """

    organization_id: str
    role: Role
    user_id: str | None = None
    email: str | None = None

    def require(self, role: Role) -> None:
        """Let only holders of `role`, or of one that includes it, go on.

        Raises:
            Forbidden: it does not.
        """
        if not self.role.includes(role):
            raise Forbidden(f"This needs the role {role.value}; you have {self.role.value}.")
