from . import couriers, deliveries, handover, packing, parcels, statements

__all__ = ["couriers", "deliveries", "handover", "packing", "parcels", "statements"]
