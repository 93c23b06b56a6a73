-- The least SQL that matches a courier's file with our waybills and keeps all outcomes.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.shipment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, waybill text NOT NULL UNIQUE,
    expected_fee int NOT NULL, expected_cod int NOT NULL
);
CREATE TABLE bench.outcome (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, statement_id int NOT NULL, row_no int NOT NULL,
    waybill text NOT NULL, shipment_id bigint, kind int NOT NULL, fee_diff int, cod_diff int
);
CREATE UNLOGGED TABLE bench.stmt_row (
    row_no int GENERATED ALWAYS AS IDENTITY, waybill text, shipped_on text, origin text, destination text,
    weight numeric, fee numeric, cod numeric, state text, pay text, note text
);
