"""Who may do what: roles, permissions, the matrix between them, and the actor that services check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from oms_app.domain.errors import Forbidden
from oms_app.domain.lifecycle import Stage


class Role(StrEnum):
    """What somebody's work is."""

    ADMIN = "admin"
    MANAGER = "manager"
    INVENTORY = "inventory"
    WAREHOUSE = "warehouse"
    SERVICE = "service"
    ANALYST = "analyst"


class Permission(StrEnum):
    """One thing somebody may do."""

    SEE_ORDERS = "see_orders"
    SEE_CUSTOMERS = "see_customers"
    CREATE_ORDERS = "create_orders"
    PROCESS_ORDERS = "process_orders"
    FULFIL_ORDERS = "fulfil_orders"
    CANCEL_ORDERS = "cancel_orders"
    HOLD_ORDERS = "hold_orders"
    NOTE_ORDERS = "note_orders"
    PRIORITISE_ORDERS = "prioritise_orders"
    RECORD_PAYMENTS = "record_payments"
    REFUND_ORDERS = "refund_orders"
    ALLOCATE_STOCK = "allocate_stock"
    SEE_STOCK = "see_stock"
    ADJUST_STOCK = "adjust_stock"
    COUNT_STOCK = "count_stock"
    PURCHASE = "purchase"
    RECEIVE_GOODS = "receive_goods"
    EDIT_PRODUCTS = "edit_products"
    EDIT_RULES = "edit_rules"
    SEE_METRICS = "see_metrics"
    EXPORT = "export"
    IMPORT = "import"
    MANAGE_USERS = "manage_users"
    MANAGE_RULES = "manage_rules"
    MANAGE_SETTINGS = "manage_settings"
    SEE_CHANNELS = "see_channels"
    MANAGE_CHANNELS = "manage_channels"


R, P = Role, Permission
_EVERYONE = frozenset(Role)

MATRIX: Mapping[Permission, frozenset[Role]] = {
    P.SEE_ORDERS: _EVERYONE,
    P.SEE_CUSTOMERS: _EVERYONE - {R.ANALYST},
    P.CREATE_ORDERS: frozenset({R.ADMIN, R.MANAGER, R.SERVICE}),
    P.PROCESS_ORDERS: frozenset({R.ADMIN, R.MANAGER, R.SERVICE}),
    P.FULFIL_ORDERS: frozenset({R.ADMIN, R.MANAGER, R.WAREHOUSE}),
    P.CANCEL_ORDERS: frozenset({R.ADMIN, R.MANAGER, R.SERVICE}),
    P.HOLD_ORDERS: frozenset({R.ADMIN, R.MANAGER, R.INVENTORY, R.SERVICE}),
    P.NOTE_ORDERS: _EVERYONE - {R.ANALYST},
    P.PRIORITISE_ORDERS: frozenset({R.ADMIN, R.MANAGER}),
    P.RECORD_PAYMENTS: frozenset({R.ADMIN, R.MANAGER}),
    P.REFUND_ORDERS: frozenset({R.ADMIN, R.MANAGER, R.SERVICE}),
    P.ALLOCATE_STOCK: frozenset({R.ADMIN, R.MANAGER, R.INVENTORY}),
    P.SEE_STOCK: _EVERYONE,
    P.ADJUST_STOCK: frozenset({R.ADMIN, R.INVENTORY}),
    P.COUNT_STOCK: frozenset({R.ADMIN, R.INVENTORY, R.WAREHOUSE}),
    P.PURCHASE: frozenset({R.ADMIN, R.INVENTORY}),
    P.RECEIVE_GOODS: frozenset({R.ADMIN, R.INVENTORY, R.WAREHOUSE}),
    P.EDIT_PRODUCTS: frozenset({R.ADMIN, R.MANAGER, R.INVENTORY}),
    P.EDIT_RULES: frozenset({R.ADMIN, R.MANAGER}),
    P.SEE_METRICS: _EVERYONE,
    P.EXPORT: frozenset({R.ADMIN, R.MANAGER, R.INVENTORY, R.ANALYST}),
    P.IMPORT: frozenset({R.ADMIN, R.MANAGER}),
    P.MANAGE_USERS: frozenset({R.ADMIN}),
    P.MANAGE_RULES: frozenset({R.ADMIN, R.MANAGER}),
    P.MANAGE_SETTINGS: frozenset({R.ADMIN}),
    P.SEE_CHANNELS: frozenset({R.ADMIN, R.MANAGER}),
    P.MANAGE_CHANNELS: frozenset({R.ADMIN}),
}

TO_ENTER: Mapping[Stage, Permission] = {
    Stage.PLACED: P.PROCESS_ORDERS,
    Stage.PROCESSING: P.PROCESS_ORDERS,
    Stage.READY: P.PROCESS_ORDERS,
    Stage.PICKING: P.FULFIL_ORDERS,
    Stage.PACKED: P.FULFIL_ORDERS,
    Stage.SHIPPED: P.FULFIL_ORDERS,
    Stage.DELIVERED: P.FULFIL_ORDERS,
    Stage.CANCELLED: P.CANCEL_ORDERS,
}
"""Permission a move needs, by the stage it enters."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, an API token, or the system itself.

    user_id      the account, None for tokens and the system
    name         what the timeline shows: an e-mail address or a system name
    source       where the act came in: "web", "api", "cli", "import", "demo", "job"
    location_id  the one location a warehouse worker sees; None: all
    """

    name: str
    role: Role
    user_id: int | None = None
    source: str = "web"
    location_id: int | None = None
    granted: frozenset[Permission] = field(default_factory=frozenset)

    def may(self, permission: Permission) -> bool:
        """Whether the role, or an exception an admin granted, includes the permission."""
        return self.role in MATRIX[permission] or permission in self.granted

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor may."""
        if not self.may(permission):
            raise Forbidden(
                f"The role “{self.role}” may not {permission.replace('_', ' ')}. Ask an admin.",
                details={"permission": permission, "role": self.role},
            )


def system(name: str, source: str) -> Actor:
    """The shop itself as an actor, for jobs, imports and the command line."""
    return Actor(name=name, role=Role.ADMIN, source=source)
