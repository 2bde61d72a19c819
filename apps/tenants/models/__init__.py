from apps.tenants.models.bookings import BookedProduct
from apps.tenants.models.brands import Brand, LegalText
from apps.tenants.models.gateways import GatewayProcess
from apps.tenants.models.routes import ChargeBoxRoute
from apps.tenants.models.support import DataArchive, SupportAccess
from apps.tenants.models.tenants import Host, Tenant

__all__ = [
    "BookedProduct",
    "Brand",
    "ChargeBoxRoute",
    "DataArchive",
    "GatewayProcess",
    "Host",
    "LegalText",
    "SupportAccess",
    "Tenant",
]
