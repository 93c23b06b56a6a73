"""Pure rules of logistics: rating, matching, tracking, waybill numbers. No Django, no database, no clock."""
