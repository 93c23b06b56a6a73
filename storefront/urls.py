from django.urls import path, re_path

from storefront import views

app_name = "shop"
urlpatterns = [
    path("", views.home, name="home"),
    re_path(r"^categories/(?P<slug>[-\w]+)-(?P<pk>[0-9]{1,18})/$", views.category, name="category"),
    re_path(r"^products/(?P<slug>[-\w]+)-(?P<pk>[0-9]{1,18})/$", views.product, name="product"),
    path("search/", views.search, name="search"),
    path("info/<slug:name>/", views.page, name="info"),
    path("basket/", views.basket, name="basket"),
    path("basket/add/", views.add, name="add"),
    path("basket/change/", views.change, name="change"),
    path("basket/code/", views.code, name="code"),
    path("checkout/", views.checkout, name="checkout"),
    path("checkout/areas/<str:province>/", views.areas, name="areas"),
    path("orders/<uuid:public_id>/", views.order, name="order"),
    path("orders/<uuid:public_id>/thanks/", views.thanks, name="thanks"),
    path("orders/<uuid:public_id>/pay/", views.pay, name="pay"),
    path("orders/<uuid:public_id>/leave/", views.leave, name="leave"),
    path("orders/<uuid:public_id>/cancel/", views.cancel, name="cancel"),
    path("orders/<uuid:public_id>/return/", views.send_back, name="send_back"),
    path("track/", views.track, name="track"),
    path("account/", views.account, name="account"),
    path("account/addresses/", views.addresses, name="addresses"),
    path("account/profile/", views.profile, name="profile"),
    path("account/sign-in/", views.sign_in, name="sign_in"),
    path("account/register/", views.register, name="register"),
    path("account/sign-out/", views.sign_out, name="sign_out"),
]
# Outside the languages.
plain = [
    path("media/products/<str:name>", views.picture, name="picture"),
    path("robots.txt", views.robots, name="robots"),
    path("paid/<uuid:payment>/", views.after_payment, name="after_payment"),
]
