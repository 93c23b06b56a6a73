from oscar.apps.voucher import apps


class VoucherConfig(apps.VoucherConfig):
    name = "orders.voucher"
