from . import couriers, deliveries, handover, packing, parcels, remittances, statements

__all__ = ["couriers", "deliveries", "handover", "packing", "parcels", "remittances", "statements"]
