"""Creating locations."""

from apps.accounts.models import Location


def ensure_location(name: str, **fields: object) -> Location:
    """Create the location or bring an existing one to these fields. Raises ValidationError."""
    location = Location.objects.filter(name=name).first() or Location(name=name)
    for field, value in fields.items():
        setattr(location, field, value)
    location.full_clean()
    location.save()
    return location
