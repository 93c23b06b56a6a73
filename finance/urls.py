from django.urls import path

from finance import views

app_name = "finance"
urlpatterns = [
    path("<slug:provider>/notify/", views.notify, name="notify"),
    path("<slug:provider>/return/", views.come_back, name="return"),
]
