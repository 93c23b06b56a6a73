"""What the database itself refuses about the books, also to hand-written SQL.

Entries take a shared advisory lock before they get their number; the closing of a day or month takes it
exclusively. So no entry with a smaller number can appear behind a close (I04, F66).
"""

import pgtrigger

# Key of the advisory lock between posting (shared) and closing (exclusive).
LEDGER_LOCK = 140_500_001

no_close_under_way = pgtrigger.Trigger(
    name="a_no_close_under_way",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"PERFORM pg_advisory_xact_lock_shared({LEDGER_LOCK}); RETURN NULL;",
)

period_open = pgtrigger.Trigger(
    name="period_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF EXISTS (
            SELECT 1 FROM finance_period
            WHERE entity_id = NEW.entity_id AND state = 'closed'
              AND first_day = date_trunc('month', NEW."on"::timestamp)::date
        ) THEN
            RAISE EXCEPTION 'shopsite: the period of % is closed', NEW."on" USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)

_BALANCED = """
        SELECT count(*) INTO found FROM finance_posting WHERE entry_id = checked;
        SELECT legs INTO wanted FROM finance_entry WHERE id = checked;
        IF found <> wanted THEN
            RAISE EXCEPTION 'shopsite: entry % has % postings instead of %', checked, found, wanted
                USING ERRCODE = '23514';
        END IF;
        IF EXISTS (
            SELECT 1 FROM finance_posting WHERE entry_id = checked GROUP BY currency
            HAVING sum(CASE side WHEN 'debit' THEN amount ELSE -amount END) <> 0
        ) THEN
            RAISE EXCEPTION 'shopsite: entry % does not balance', checked USING ERRCODE = '23514';
        END IF;
        RETURN NULL;
"""

entry_whole = pgtrigger.Trigger(
    name="entry_whole",
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    operation=pgtrigger.Insert,
    declare=[("found", "integer"), ("wanted", "integer"), ("checked", "bigint")],
    func=f"checked := NEW.id; {_BALANCED}",
)

posting_balances = pgtrigger.Trigger(
    name="posting_balances",
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    operation=pgtrigger.Insert,
    declare=[("found", "integer"), ("wanted", "integer"), ("checked", "bigint")],
    func=f"checked := NEW.entry_id; {_BALANCED}",
)

allocation_within = pgtrigger.Trigger(
    name="allocation_within",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("d", "finance_posting%ROWTYPE"), ("c", "finance_posting%ROWTYPE"), ("taken", "numeric")],
    func="""
        PERFORM 1 FROM finance_posting WHERE id IN (NEW.debit_id, NEW.credit_id)
            ORDER BY id FOR NO KEY UPDATE;
        SELECT * INTO d FROM finance_posting WHERE id = NEW.debit_id;
        SELECT * INTO c FROM finance_posting WHERE id = NEW.credit_id;
        IF d.side <> 'debit' OR c.side <> 'credit' OR d.account_id <> c.account_id
            OR d.currency <> c.currency OR NEW.currency <> d.currency
            OR d.party_kind <> c.party_kind OR d.party_id <> c.party_id
            OR (SELECT count(DISTINCT entity_id) FROM finance_entry WHERE id IN (d.entry_id, c.entry_id)) <> 1
        THEN
            RAISE EXCEPTION 'shopsite: postings % and % cannot clear each other', d.id, c.id
                USING ERRCODE = '23514';
        END IF;
        SELECT COALESCE(sum(amount), 0) + NEW.amount INTO taken
            FROM finance_allocation WHERE debit_id = d.id;
        IF taken < 0 OR taken > d.amount THEN
            RAISE EXCEPTION 'shopsite: posting % would be cleared by % of %', d.id, taken, d.amount
                USING ERRCODE = '23514';
        END IF;
        SELECT COALESCE(sum(amount), 0) + NEW.amount INTO taken
            FROM finance_allocation WHERE credit_id = c.id;
        IF taken < 0 OR taken > c.amount THEN
            RAISE EXCEPTION 'shopsite: posting % would be cleared by % of %', c.id, taken, c.amount
                USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    """,
)
