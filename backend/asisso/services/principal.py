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
        session_id: of the browser's session; None for an API key.
        api_key_id, api_key_name: None for a user.
    """

    organization_id: str
    role: Role
    user_id: str | None = None
    email: str | None = None
    session_id: str | None = None
    api_key_id: str | None = None
    api_key_name: str | None = None

    @property
    def id(self) -> str:
        """Of the user or the API key."""
        return self.user_id or self.api_key_id or ""

    def require(self, role: Role) -> None:
        """Let only holders of `role`, or of one that includes it, go on.

        Raises:
            Forbidden: it does not.
        """
        if not self.role.includes(role):
            raise Forbidden(f"This needs the role {role.value}; you have {self.role.value}.")

    def require_person(self) -> str:
        """The user's id.

        Raises:
            Forbidden: it is an API key.
        """
        if self.user_id is None:
            raise Forbidden("This is for signed-in people, not for API keys.", code="person_required")
        return self.user_id
