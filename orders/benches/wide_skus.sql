-- The smallest honest schema of an order: what wide_skus measures its limit on.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.stock_level (
    sku_id int, warehouse_id int, on_hand int NOT NULL, reserved int NOT NULL DEFAULT 0,
    unavailable int NOT NULL DEFAULT 0, PRIMARY KEY (sku_id, warehouse_id),
    CHECK (reserved >= 0), CHECK (reserved + unavailable <= on_hand)
) WITH (fillfactor = 50);
CREATE TABLE bench.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text UNIQUE NOT NULL, customer_id int NOT NULL,
    status int NOT NULL, total numeric(12, 2) NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON bench.orders (customer_id, created_at);
CREATE INDEX ON bench.orders (status, created_at);
CREATE TABLE bench.line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES bench.orders,
    sku_id int NOT NULL, qty int NOT NULL, price numeric(12, 2) NOT NULL, total numeric(12, 2) NOT NULL
);
CREATE INDEX ON bench.line (order_id);
CREATE INDEX ON bench.line (sku_id);
CREATE TABLE bench.reservation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES bench.orders,
    sku_id int NOT NULL, warehouse_id int NOT NULL, qty int NOT NULL,
    FOREIGN KEY (sku_id, warehouse_id) REFERENCES bench.stock_level
);
CREATE INDEX ON bench.reservation (order_id);
CREATE INDEX ON bench.reservation (sku_id, warehouse_id);
CREATE TABLE bench.payment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES bench.orders,
    method int NOT NULL, amount numeric(12, 2) NOT NULL, state int NOT NULL
);
CREATE INDEX ON bench.payment (order_id);
