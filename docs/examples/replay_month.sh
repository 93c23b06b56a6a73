#!/bin/bash
# A month of orders from elsewhere, from the file to the courier's money, by commands alone.
#   docs/examples/replay_month.sh ORDERS DIR FROM TO
# for example, with the Online Retail data set as one csv file:
#   docs/examples/replay_month.sh online_retail.csv /tmp/december 2010-12-01 2010-12-31
# Every step prints its seconds and its figures. Signs as the user REPLAY_USER (default: replay, made here).
set -euo pipefail
cd "$(dirname "$0")/../.."
orders=$1 dir=$2 from=$3 to=$4 user=${REPLAY_USER:-replay}
mkdir -p "$dir"
python=${PYTHON:-.venv/bin/python}

step() { # name, then the command; an exit code of 3 means that something waits for a person, as here it must
  local name=$1 began=$SECONDS code=0
  shift
  "$@" >"$dir/$name.out" 2>"$dir/$name.err" || code=$?
  echo "$name: $((SECONDS - began)) s, exit $code: $(tail -n 1 "$dir/$name.out" | cut -c 1-${WIDTH:-400})"
  [ "$code" = 0 ] || [ "$code" = 3 ] || { tail "$dir/$name.err"; exit 1; }
}
manage() { local name=$1; shift; step "$name" "$python" manage.py "$@" --json; }
drain() { manage "$1" drain_events; }

step compose "$python" docs/examples/compose_courier_month.py "$orders" "$dir" --from "$from" --to "$to" --plant "${PLANT:-5}"
"$python" -c 'import json, sys; given = json.load(open("docs/examples/online_retail.json"));
json.dump(given | {"term": "cod", "paid": False}, open(sys.argv[1], "w"))' "$dir/defaults.json"
step migrate "$python" manage.py migrate --verbosity 1
step user "$python" manage.py shell -c "from crm.models import User
User.objects.filter(username='$user').exists() or User.objects.create_superuser('$user')"

manage import_stock import_stock "$dir/opening_stock.csv" --create --create-skus --currency GBP --on "$from"
manage import_orders import_orders agent "$dir/orders.csv" --defaults "$dir/defaults.json" --create --create-skus
drain placed
manage clear_holds clear_holds --channel agent --as "$user" --note "sold and checked elsewhere"
drain confirmed
manage set_up_courier set_up_courier royal --currency GBP --tolerance-money 0.20 --tolerance-percent 5
manage import_rate_card import_rate_card royal "$dir/rate_card.csv"
manage import_shipments import_shipments royal "$dir/shipments.csv" --channel agent
drain shipped
manage import_tracking import_tracking royal "$dir/tracking.csv"
drain delivered
manage import_returns import_shipments royal "$dir/returns.csv" --channel agent
manage statement_1 import_courier_statement royal "$dir/statement_1.csv"
manage agree_1 agree_courier_statement royal statement_1.csv --as "$user"
manage statement_2 import_courier_statement royal "$dir/statement_2.csv"
manage agree_2 agree_courier_statement royal statement_2.csv --as "$user" --why "checked against the rate card" \
  --as-expected weight,zone,rate,surcharge,cod_fee,duplicate_in_file,billed_before,wrong_return_price \
  --dispute needs_review,not_ours,cod_amount
manage remittance import_courier_remittance royal "$dir/remittance.csv" --apply
for report in payments cod freight refunds stock ledger ageing; do
  manage "export_$report" export_report "$report" --entity gbp --from "$from" --to "$(date -d tomorrow +%F)" --format csv --out "$dir/$report.csv"
done
manage check_invariants check_invariants
