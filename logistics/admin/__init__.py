from . import couriers, deliveries, handover, packing, parcels

__all__ = ["couriers", "deliveries", "handover", "packing", "parcels"]
