from django.urls import path, re_path

from storefront import views

app_name = "shop"
urlpatterns = [
    path("", views.home, name="home"),
    re_path(r"^categories/(?P<slug>[-\w]+)-(?P<pk>[0-9]{1,18})/$", views.category, name="category"),
    re_path(r"^products/(?P<slug>[-\w]+)-(?P<pk>[0-9]{1,18})/$", views.product, name="product"),
    path("search/", views.search, name="search"),
    path("info/<slug:name>/", views.page, name="info"),
]
# Outside the languages.
plain = [
    path("media/products/<str:name>", views.picture, name="picture"),
    path("robots.txt", views.robots, name="robots"),
]
