from apps.ocpp.models.exchanges import MessageExchange

__all__ = ["MessageExchange"]
