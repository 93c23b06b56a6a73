from django.urls import path

from logistics import views

app_name = "logistics"
urlpatterns = [path("<slug:courier>/push/", views.push, name="push")]
