"""The catalogue: items in, items out. A change is in the very next slate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field, Strict

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Admin
from gateway.routes.slips import meant_by
from scoring import Item

router = APIRouter(prefix="/v1/items", tags=["catalogue"])

Text = Annotated[str, Field(max_length=1024)]


class ItemBody(StrictBody):
    """One thing that can be shown. Catalogues know more of their items: what has no place here is counted, and
    not kept; but a slip for a member that the item lacks is refused.
    """

    model_config = ConfigDict(extra="allow")

    id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """The app's id: what events call `properties.product_id`."""
    title: Text | None = None
    """What people see; none is an empty one."""
    category: Text | None = None
    """Its one category."""
    tags: Annotated[tuple[Text, ...], Field(max_length=64), Strict(False)] | None = None
    """Words that describe it."""
    price: Annotated[float, Field(ge=0, lt=1e12, allow_inf_nan=False)] | None = None
    """In the shop's currency."""
    stock: Annotated[int, Field(ge=0, le=1 << 40)] | None = None
    """Pieces left; null where nothing runs out."""
    blocked: bool | None = None
    """Never to be shown."""
    provider: Text | None = None
    """Who offers it, where exposure is to be shared out among providers."""


class ItemsBody(StrictBody):
    """Items to take in, each as a whole."""

    items: Annotated[list[ItemBody], Field(max_length=10_000)]
    """The items to keep."""


@router.put("", openapi_extra=described(ItemsBody))
async def put_items(
    _caller: Admin, body: Annotated[ItemsBody, Depends(strict(ItemsBody))], services: ServicesDep
) -> dict[str, Any]:
    """Take new items in and replace known ones. `ignored` counts members that items do not have here.

    Raises:
        RequestValidationError: also for a name that is a slip for one that the item lacks; it says for which.
    """
    _refuse_slips(body.items)
    items = [_item(item) for item in body.items]
    ignored = sum(len(item.model_extra or ()) for item in body.items)
    await services.shelf.upsert(items)
    return {"upserted": len(items)} | ({"ignored": ignored} if ignored else {})


@router.get("/{item_id:path}")
async def get_item(item_id: str, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """One item as it is now."""
    item = services.catalogue.get(item_id)
    if item is None:
        raise NotFoundError
    return {
        "id": item.id,
        "title": item.title,
        "category": item.category,
        "tags": list(item.tags),
        "price": item.price,
        "stock": item.stock,
        "blocked": item.blocked,
        "provider": item.provider,
    }


@router.delete("/{item_id:path}")
async def delete_item(item_id: str, _caller: Admin, services: ServicesDep) -> dict[str, bool]:
    """Take an item out of every slate."""
    if not await services.shelf.delete(item_id):
        raise NotFoundError
    return {"deleted": True}


def _refuse_slips(items: Sequence[ItemBody]) -> None:
    """An item whose `blockd` were passed over would be shown.

    Raises:
        RequestValidationError: a member's name is a slip; it says for which, and never the name itself.
    """
    unknown = {name for item in items for name in item.model_extra or ()}
    meant = {
        name: member for name in unknown if (member := meant_by(name, ItemBody.model_fields)) is not None
    }
    found = [
        {"type": "name_is_a_slip", "loc": ("body", "items", place, member)}
        for place, item in enumerate(items)
        for member in sorted(
            {meant[name] for name in item.model_extra or () if name in meant} - item.model_fields_set
        )
    ]
    if found:
        raise RequestValidationError(found)


def _item(body: ItemBody) -> Item:
    return Item(
        id=body.id,
        title=body.title or "",
        category=body.category,
        tags=body.tags or (),
        price=body.price,
        stock=body.stock,
        blocked=bool(body.blocked),
        provider=body.provider,
    )
