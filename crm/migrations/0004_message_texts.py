"""First texts of all messages, in Chinese and English; staff edit them afterwards."""

from django.db import migrations

# kind: {language: (subject, mail, sms)}
TEXTS = {
    "order_placed": {
        "zh-hans": (
            "订单 {number} 已提交",
            "{name}，您好：\n\n我们已收到您的订单 {number}，合计 {total}。\n请在 {pay_by} 前完成付款；货到付款的订单无需操作。\n\n查看订单：{link}",
            "订单{number}已提交，合计{total}。查看：{link}",
        ),
        "en": (
            "We have your order {number}",
            "Hello {name},\n\nyour order {number} over {total} has reached us.\nPlease pay before {pay_by}; with payment on delivery there is nothing to do.\n\nYour order: {link}",
            "Order {number} over {total} received. {link}",
        ),
    },
    "payment_received": {
        "zh-hans": (
            "订单 {number} 付款成功",
            "{name}，您好：\n\n订单 {number} 已收到付款 {amount}，我们会尽快为您安排。\n\n查看订单：{link}",
            "订单{number}已收到付款{amount}。查看：{link}",
        ),
        "en": (
            "Payment received for order {number}",
            "Hello {name},\n\n{amount} has arrived for order {number}. We are getting it ready.\n\nYour order: {link}",
            "{amount} received for order {number}. {link}",
        ),
    },
    "payment_reminder": {
        "zh-hans": (
            "订单 {number} 等待付款",
            "{name}，您好：\n\n订单 {number}（{total}）尚未付款，{pay_by} 后将自动取消并释放库存。\n\n去付款：{link}",
            "订单{number}待付款{total}，{pay_by}后自动取消。付款：{link}",
        ),
        "en": (
            "Order {number} waits for your payment",
            "Hello {name},\n\norder {number} over {total} is not paid yet. After {pay_by} it is cancelled and the goods go back on sale.\n\nPay here: {link}",
            "Order {number} over {total} is unpaid and ends at {pay_by}. Pay: {link}",
        ),
    },
    "order_confirmed": {
        "zh-hans": (
            "订单 {number} 已确认",
            "{name}，您好：\n\n订单 {number} 已通过审核，仓库正在备货。\n\n查看订单：{link}",
            "订单{number}已确认，仓库备货中。查看：{link}",
        ),
        "en": (
            "Order {number} is confirmed",
            "Hello {name},\n\norder {number} is confirmed and the warehouse is packing it.\n\nYour order: {link}",
            "Order {number} is confirmed and being packed. {link}",
        ),
    },
    "order_shipped": {
        "zh-hans": (
            "订单 {number} 已发货",
            "{name}，您好：\n\n订单 {number} 的包裹已交给 {courier}，运单号 {waybill}。\n\n查看物流：{link}",
            "订单{number}已发货，{courier} {waybill}。物流：{link}",
        ),
        "en": (
            "Order {number} is on its way",
            "Hello {name},\n\na parcel of order {number} was handed to {courier}; its waybill is {waybill}.\n\nFollow it: {link}",
            "Order {number} shipped by {courier}, waybill {waybill}. {link}",
        ),
    },
    "order_delivered": {
        "zh-hans": (
            "订单 {number} 已签收",
            "{name}，您好：\n\n订单 {number} 的包裹已签收。如有问题，可在订单页申请售后。\n\n查看订单：{link}",
            "订单{number}已签收，如有问题请申请售后：{link}",
        ),
        "en": (
            "Order {number} was delivered",
            "Hello {name},\n\na parcel of order {number} was delivered. If something is wrong, ask for a return on the order's page.\n\nYour order: {link}",
            "Order {number} delivered. Questions or returns: {link}",
        ),
    },
    "order_cancelled": {
        "zh-hans": (
            "订单 {number} 已取消",
            "{name}，您好：\n\n订单 {number} 已取消，原因：{reason}。已付款项将原路退回。\n\n查看订单：{link}",
            "订单{number}已取消：{reason}。已付款项原路退回。{link}",
        ),
        "en": (
            "Order {number} is cancelled",
            "Hello {name},\n\norder {number} is cancelled: {reason}. What you have paid goes back the way it came.\n\nYour order: {link}",
            "Order {number} is cancelled: {reason}. Payments are returned. {link}",
        ),
    },
    "return_approved": {
        "zh-hans": (
            "售后单 {return_number} 已通过",
            "{name}，您好：\n\n订单 {number} 的售后单 {return_number} 已通过，请将商品寄至：\n{address}\n\n查看详情：{link}",
            "售后单{return_number}已通过，请寄回商品。地址及详情：{link}",
        ),
        "en": (
            "Your return {return_number} is approved",
            "Hello {name},\n\nthe return {return_number} of order {number} is approved. Please send the goods to:\n{address}\n\nDetails: {link}",
            "Return {return_number} is approved. Address and details: {link}",
        ),
    },
    "refund_done": {
        "zh-hans": (
            "订单 {number} 退款成功",
            "{name}，您好：\n\n订单 {number} 的退款 {amount} 已原路退回，到账时间以银行为准。\n\n查看订单：{link}",
            "订单{number}已退款{amount}。查看：{link}",
        ),
        "en": (
            "Refund for order {number}",
            "Hello {name},\n\n{amount} for order {number} is on its way back to you; your bank decides when it shows.\n\nYour order: {link}",
            "{amount} refunded for order {number}. {link}",
        ),
    },
    "parcel_refused": {
        "zh-hans": (
            "订单 {number} 的包裹被拒收",
            "{name}，您好：\n\n订单 {number} 的包裹 {waybill} 未能签收，正在退回仓库。验收后我们会为您处理款项。\n\n查看订单：{link}",
            "订单{number}的包裹{waybill}拒收退回中。查看：{link}",
        ),
        "en": (
            "A parcel of order {number} is coming back",
            "Hello {name},\n\nparcel {waybill} of order {number} was not accepted and returns to our warehouse. Once it is checked we settle the money.\n\nYour order: {link}",
            "Parcel {waybill} of order {number} was refused and returns to us. {link}",
        ),
    },
}


def write_texts(apps, schema_editor):
    Template = apps.get_model("crm", "MessageTemplate")
    for kind, languages in TEXTS.items():
        for language, (subject, mail, sms) in languages.items():
            for channel, head, body in (("email", subject, mail), ("sms", "", sms)):
                Template.objects.get_or_create(
                    kind=kind, language=language, channel=channel, defaults={"subject": head, "body": body}
                )


class Migration(migrations.Migration):
    dependencies = [("crm", "0003_messages_and_history")]

    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
