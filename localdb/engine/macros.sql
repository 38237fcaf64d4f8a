-- What T-SQL needs and DuckDB lacks, as DuckDB macros. Loaded once into the in-memory database.
--
-- Errors are raised as 'ldb:<number>:<arguments separated by chr(31)>' and translated by engine/duck_errors.py.
-- A parameter that a macro mentions often is bound once by a lambda over a list of one element.

-- === collation ===

-- Strings compare without case and without trailing blanks; rtrim() takes longer than to look whether it has to.
CREATE MACRO ldb_key(s) AS CASE WHEN suffix(s, ' ') THEN lower(rtrim(s, ' ')) ELSE lower(s) END;

-- === guards ===

CREATE MACRO ldb_nonzero(y) AS CASE WHEN y = 0 THEN error('ldb:8134:') ELSE y END;
CREATE MACRO ldb_nonzero_for(y, x) AS CASE WHEN y = 0 AND x IS NOT NULL THEN error('ldb:8134:') ELSE y END;
CREATE MACRO ldb_divide_by_zero(y, x) AS CASE WHEN x IS NOT NULL THEN error('ldb:8134:') ELSE y END;
CREATE MACRO ldb_finite(x) AS
    CASE WHEN NOT isfinite(x) THEN error('ldb:8115:expression' || chr(31) || 'float') ELSE x END;
CREATE MACRO ldb_domain(ok, x) AS CASE WHEN NOT (ok) THEN error('ldb:3623:') ELSE x END;

-- === exact numbers ===

CREATE MACRO ldb_money(x) AS
    CASE WHEN x NOT BETWEEN -922337203685477.5808 AND 922337203685477.5807
         THEN error('ldb:8115:expression' || chr(31) || 'money') ELSE x END;
CREATE MACRO ldb_smallmoney(x) AS
    CASE WHEN x NOT BETWEEN -214748.3648 AND 214748.3647
         THEN error('ldb:8115:expression' || chr(31) || 'smallmoney') ELSE x END;
CREATE MACRO ldb_try_money(x) AS
    CASE WHEN x BETWEEN -922337203685477.5808 AND 922337203685477.5807 THEN x END;
CREATE MACRO ldb_try_smallmoney(x) AS CASE WHEN x BETWEEN -214748.3648 AND 214748.3647 THEN x END;

-- The product of two integers divided by 10^n and rounded half away from zero, exact to 76 digits: schoolbook
-- multiplication with digits of base 10^19, whose products fit into HUGEINT.
CREATE MACRO ldb_ten(n) AS CAST('1' || repeat('0', n) AS HUGEINT);
CREATE MACRO ldb_halves(a, b) AS struct_pack(
    hh := (a // ldb_ten(19)) * (b // ldb_ten(19)), m1 := (a // ldb_ten(19)) * (b % ldb_ten(19)),
    m2 := (a % ldb_ten(19)) * (b // ldb_ten(19)), ll := (a % ldb_ten(19)) * (b % ldb_ten(19)));
CREATE MACRO ldb_middle(p) AS p.m1 % ldb_ten(19) + p.m2 % ldb_ten(19) + p.ll // ldb_ten(19);
CREATE MACRO ldb_upper(p) AS
    p.hh % ldb_ten(19) + p.m1 // ldb_ten(19) + p.m2 // ldb_ten(19) + ldb_middle(p) // ldb_ten(19);
CREATE MACRO ldb_digits(p) AS struct_pack(
    hi := (p.hh // ldb_ten(19) + ldb_upper(p) // ldb_ten(19)) * ldb_ten(19) + ldb_upper(p) % ldb_ten(19),
    lo := (ldb_middle(p) % ldb_ten(19)) * ldb_ten(19) + p.ll % ldb_ten(19));
CREATE MACRO ldb_half_up(rest, n) AS CASE WHEN n > 0 AND rest >= 5 * ldb_ten(greatest(n - 1, 0)) THEN 1 ELSE 0 END;
CREATE MACRO ldb_rounded_digits(d, n) AS
    CASE WHEN n <= 38
         THEN CASE WHEN d.hi = 0 THEN 0 ELSE d.hi * ldb_ten(greatest(38 - n, 0)) END
              + d.lo // ldb_ten(least(n, 38)) + ldb_half_up(d.lo % ldb_ten(least(n, 38)), n)
         ELSE d.hi // ldb_ten(greatest(n - 38, 0)) + ldb_half_up(d.hi % ldb_ten(greatest(n - 38, 0)), n - 38) END;
CREATE MACRO ldb_decimal_product(x, y, n) AS
    list_transform([struct_pack(a := CAST(x AS HUGEINT), b := CAST(y AS HUGEINT))], lambda v:
        list_transform([ldb_halves(abs(v.a), abs(v.b))], lambda p:
            list_transform([ldb_digits(p)], lambda d: ldb_rounded_digits(d, n))[1])[1]
        * CAST(sign(v.a) * sign(v.b) AS HUGEINT))[1];

-- === numbers from text ===

CREATE MACRO ldb_is_integer_text(s) AS regexp_full_match(s, '\s*[+-]?[0-9]*\s*');
CREATE MACRO ldb_integer_digits(s) AS
    CASE WHEN ldb_is_integer_text(s)
         THEN coalesce(nullif(regexp_extract(s, '^\s*\+?(-?[0-9]+)\s*$', 1), ''), '0') END;
CREATE MACRO ldb_plain_digits(s) AS CASE WHEN regexp_full_match(s, '-?[0-9]+') THEN s END;
CREATE MACRO ldb_text_to_tinyint(s) AS
    coalesce(TRY_CAST(ldb_plain_digits(s) AS UTINYINT), TRY_CAST(ldb_integer_digits(s) AS UTINYINT));
CREATE MACRO ldb_text_to_smallint(s) AS
    coalesce(TRY_CAST(ldb_plain_digits(s) AS SMALLINT), TRY_CAST(ldb_integer_digits(s) AS SMALLINT));
CREATE MACRO ldb_text_to_int(s) AS
    coalesce(TRY_CAST(ldb_plain_digits(s) AS INTEGER), TRY_CAST(ldb_integer_digits(s) AS INTEGER));
CREATE MACRO ldb_text_to_bigint(s) AS
    coalesce(TRY_CAST(ldb_plain_digits(s) AS BIGINT), TRY_CAST(ldb_integer_digits(s) AS BIGINT));
CREATE MACRO ldb_integer_failure(s, source, target) AS
    CASE WHEN s IS NULL THEN NULL
         WHEN NOT ldb_is_integer_text(s)
         THEN error('ldb:245:' || source || chr(31) || s || chr(31) || target)
         WHEN target = 'int' THEN error('ldb:248:' || source || chr(31) || s)
         ELSE error('ldb:244:' || source || chr(31) || s || chr(31)
                    || CASE target WHEN 'tinyint' THEN 'INT1' ELSE 'INT2' END) END;
CREATE MACRO ldb_integer_failure_bigint(s, source) AS
    CASE WHEN s IS NULL THEN NULL
         WHEN NOT ldb_is_integer_text(s) THEN error('ldb:8114:' || source || chr(31) || 'bigint')
         ELSE error('ldb:8115:expression' || chr(31) || 'bigint') END;
CREATE MACRO ldb_text_to_bit(s) AS
    CASE WHEN ldb_key(ltrim(s, ' ')) = 'true' THEN true
         WHEN ldb_key(ltrim(s, ' ')) = 'false' THEN false
         WHEN ldb_is_integer_text(s) THEN regexp_matches(s, '[1-9]') END;
CREATE MACRO ldb_numeric_text(s) AS
    nullif(regexp_extract(s, '^\s*\+?(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\s*$', 1), '');
CREATE MACRO ldb_numeric_failure(s, source) AS
    CASE WHEN s IS NULL THEN NULL
         WHEN ldb_numeric_text(s) IS NULL THEN error('ldb:8114:' || source || chr(31) || 'numeric')
         ELSE error('ldb:8115:' || source || chr(31) || 'numeric') END;
CREATE MACRO ldb_text_to_float(s) AS
    CASE WHEN regexp_full_match(s, '\s*') THEN CAST(0 AS DOUBLE)
         ELSE TRY_CAST(nullif(regexp_extract(
             s, '^\s*\+?(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*$', 1), '') AS DOUBLE) END;
CREATE MACRO ldb_text_to_money(s) AS
    CASE WHEN regexp_full_match(s, '\s*') THEN CAST(0 AS DECIMAL(38, 4))
         WHEN regexp_full_match(s, '\s*[+-]?\s*[$£¤¥€]?\s*[+-]?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)\s*')
         THEN TRY_CAST(regexp_replace(s, '[\s$£¤¥€,+]', '', 'g') AS DECIMAL(38, 4)) END;

-- A float as a number of units of 10^-scale: 17 significant digits count, the rest is zero; rounded half away from
-- zero. NULL when it needs more than 38 digits. (DuckDB's own cast of text with an exponent rounds wrongly.)
CREATE MACRO ldb_shifted(m, k) AS
    CASE WHEN k > 21 THEN CASE WHEN m = 0 THEN CAST(0 AS HUGEINT) END
         WHEN k >= 0 THEN CAST(m AS HUGEINT) * ldb_ten(least(k, 21))
         WHEN k < -18 THEN CAST(0 AS HUGEINT)
         ELSE CAST(sign(m) AS HUGEINT) * ((abs(m) + 5 * ldb_ten(greatest(-k - 1, 0))) // ldb_ten(greatest(-k, 0))) END;
CREATE MACRO ldb_float_units(x, scale) AS
    list_transform([printf('%.16e', x)], lambda t:
        ldb_shifted(CAST(replace(split_part(t, 'e', 1), '.', '') AS BIGINT),
                    CAST(split_part(t, 'e', 2) AS INTEGER) - 16 + scale))[1];

-- === numbers as text ===

-- The C library writes exponents with two digits, SQL Server with three.
CREATE MACRO ldb_float_text(x, f) AS regexp_replace(printf(f, x), 'e([+-])(\d\d)$', 'e\10\2');
CREATE MACRO ldb_thousands(s) AS
    CASE WHEN starts_with(s, '-') THEN '-' ELSE '' END
    || format('{:,}', CAST(split_part(ltrim(s, '-'), '.', 1) AS BIGINT)) || '.' || split_part(s, '.', 2);

-- === code pages and bytes ===

-- Windows-1252 at 0x80 to 0x9F, in order; five of the places are control characters.
CREATE MACRO ldb_cp1252() AS
    '€' || chr(129) || '‚ƒ„…†‡ˆ‰Š‹Œ' || chr(141) || 'Ž' || chr(143) || chr(144) || '‘’“”•–—˜™š›œ' || chr(157) || 'žŸ';
CREATE MACRO ldb_is_ascii(s) AS strlen(s) = length(s);
CREATE MACRO ldb_to_codepage(s) AS
    list_transform([s], lambda v: CASE WHEN ldb_is_ascii(v) THEN v ELSE
        regexp_replace(regexp_replace(v, '[\x{10000}-\x{10FFFF}]', '??', 'g'),
            '[^\x{0}-\x{7F}\x{81}\x{8D}\x{8F}\x{90}\x{9D}\x{A0}-\x{FF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g') END)[1];
CREATE MACRO ldb_codepage_code(c) AS
    CASE WHEN unicode(c) < 128 THEN unicode(c)
         WHEN instr(ldb_cp1252(), c) > 0 THEN 127 + instr(ldb_cp1252(), c)
         WHEN unicode(c) < 256 THEN unicode(c) ELSE 63 END;
CREATE MACRO ldb_codepage_bytes(s) AS
    list_transform([s], lambda v: CASE WHEN ldb_is_ascii(v) THEN encode(v) ELSE
        unhex(array_to_string(list_transform(string_split(ldb_to_codepage(v), ''),
                                             lambda c: printf('%02X', ldb_codepage_code(c))), '')) END)[1];
CREATE MACRO ldb_codepage_char(n) AS
    CASE WHEN n BETWEEN 128 AND 159 THEN substr(ldb_cp1252(), CAST(n - 127 AS BIGINT), 1) ELSE chr(n) END;
CREATE MACRO ldb_codepage_text(b) AS
    array_to_string(list_transform(regexp_extract_all(hex(b), '..'),
                                   lambda h: ldb_codepage_char(CAST('0x' || h AS INTEGER))), '');
CREATE MACRO ldb_utf16_hex(n) AS
    CASE WHEN n < 65536 THEN printf('%02X%02X', n % 256, n // 256)
         ELSE printf('%02X%02X%02X%02X',
                     (55296 + (n - 65536) // 1024) % 256, (55296 + (n - 65536) // 1024) // 256,
                     (56320 + (n - 65536) % 1024) % 256, (56320 + (n - 65536) % 1024) // 256) END;
CREATE MACRO ldb_utf16_bytes(s) AS
    list_transform([s], lambda v: CASE WHEN v = '' THEN encode('') ELSE
        unhex(array_to_string(list_transform(string_split(v, ''), lambda c: ldb_utf16_hex(unicode(c))), '')) END)[1];
CREATE MACRO ldb_utf16_unit(h) AS CAST('0x' || substr(h, 3, 2) || substr(h, 1, 2) AS INTEGER);
CREATE MACRO ldb_utf16_char(h) AS
    CASE WHEN length(h) = 8
         THEN chr(65536 + (ldb_utf16_unit(h) - 55296) * 1024 + ldb_utf16_unit(substr(h, 5, 4)) - 56320)
         WHEN ldb_utf16_unit(h) BETWEEN 55296 AND 57343 THEN chr(65533)
         ELSE chr(ldb_utf16_unit(h)) END;
-- An odd byte at the end is completed with a zero; half a surrogate pair becomes U+FFFD.
CREATE MACRO ldb_utf16_text(b) AS
    array_to_string(list_transform(
        regexp_extract_all(hex(b) || CASE WHEN octet_length(b) % 2 = 1 THEN '00' ELSE '' END,
                           '[0-9A-F]{2}D[89AB][0-9A-F]{2}D[C-F]|[0-9A-F]{4}'),
        lambda h: ldb_utf16_char(h)), '');
CREATE MACRO ldb_has_pairs(s) AS NOT ldb_is_ascii(s) AND regexp_matches(s, '[\x{10000}-\x{10FFFF}]');
CREATE MACRO ldb_utf16_length(s) AS
    list_transform([s], lambda v: CASE WHEN ldb_has_pairs(v)
        THEN length(v) + length(regexp_replace(v, '[^\x{10000}-\x{10FFFF}]', '', 'g')) ELSE length(v) END)[1];
CREATE MACRO ldb_first_unit(c) AS CASE WHEN c < 65536 THEN c ELSE 55296 + (c - 65536) // 1024 END;
CREATE MACRO ldb_unit_char(n) AS
    CASE WHEN n BETWEEN 55296 AND 57343 THEN error('ldb:40514:half of a surrogate pair')
         WHEN n BETWEEN 0 AND 65535 THEN chr(n) END;
-- Text with one character for each UTF-16 unit: behind a character of two units stands U+FFFF, which is no character.
CREATE MACRO ldb_units(s) AS
    list_transform([s], lambda v: CASE WHEN ldb_has_pairs(v)
        THEN regexp_replace(v, '([\x{10000}-\x{10FFFF}])', '\1' || chr(65535), 'g') ELSE v END)[1];
CREATE MACRO ldb_has_half_pair(u) AS
    regexp_matches(regexp_replace(u, '[\x{10000}-\x{10FFFF}]\x{FFFF}', '', 'g'), '[\x{FFFF}-\x{10FFFF}]');
CREATE MACRO ldb_text_of_units(u) AS
    list_transform([u], lambda v: CASE WHEN ldb_is_ascii(v) OR NOT regexp_matches(v, '[\x{FFFF}-\x{10FFFF}]') THEN v
        WHEN ldb_has_half_pair(v) THEN error('ldb:40514:half of a surrogate pair')
        ELSE regexp_replace(v, '([\x{10000}-\x{10FFFF}])\x{FFFF}', '\1', 'g') END)[1];

CREATE MACRO ldb_binary_slice(b, start, size) AS
    CASE WHEN b IS NOT NULL THEN unhex(substr(hex(b), 2 * CAST(start AS BIGINT) - 1, 2 * CAST(size AS BIGINT))) END;
CREATE MACRO ldb_binary_pad(b, size) AS unhex(rpad(hex(b), 2 * size, '0'));
CREATE MACRO ldb_integer_hex(n, bytes, width) AS
    right(lpad(right(lpad(hex(CAST(n AS BIGINT)), 16, '0'), 2 * bytes), 2 * greatest(width, bytes), '0'), 2 * width);
CREATE MACRO ldb_last_bytes(b, size) AS CAST('0x' || right('0000000000000000' || hex(b), 2 * size) AS UBIGINT);
CREATE MACRO ldb_binary_to_tinyint(b) AS CAST(ldb_last_bytes(b, 1) AS UTINYINT);
CREATE MACRO ldb_signed(n, size) AS
    CASE WHEN n >= size // 2 THEN CAST(n AS HUGEINT) - size ELSE CAST(n AS HUGEINT) END;
CREATE MACRO ldb_binary_to_smallint(b) AS CAST(ldb_signed(ldb_last_bytes(b, 2), 65536) AS SMALLINT);
CREATE MACRO ldb_binary_to_int(b) AS CAST(ldb_signed(ldb_last_bytes(b, 4), 4294967296) AS INTEGER);
CREATE MACRO ldb_binary_to_bigint(b) AS
    CAST(ldb_signed(ldb_last_bytes(b, 8), CAST('18446744073709551616' AS HUGEINT)) AS BIGINT);
CREATE MACRO ldb_unhex_1(s) AS
    CASE WHEN regexp_full_match(s, '0[xX]([0-9a-fA-F]{2})*') THEN unhex(substr(s, 3)) END;
CREATE MACRO ldb_unhex_2(s) AS CASE WHEN regexp_full_match(s, '([0-9a-fA-F]{2})*') THEN unhex(s) END;

CREATE MACRO ldb_text_to_guid(s) AS
    TRY_CAST(regexp_extract(
        s, '^\{?([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})', 1) AS UUID);
-- The first three groups of a uniqueidentifier are stored with the low byte first.
CREATE MACRO ldb_swapped(h) AS
    substr(h, 7, 2) || substr(h, 5, 2) || substr(h, 3, 2) || substr(h, 1, 2) || substr(h, 11, 2) || substr(h, 9, 2)
    || substr(h, 15, 2) || substr(h, 13, 2) || substr(h, 17, 16);
CREATE MACRO ldb_guid_bytes(u) AS unhex(ldb_swapped(replace(CAST(u AS VARCHAR), '-', '')));
CREATE MACRO ldb_bytes_guid(b) AS CAST(ldb_swapped(rpad(left(hex(b), 32), 32, '0')) AS UUID);

-- === storing ===

CREATE MACRO ldb_assign_text(s, size, in_table, in_column) AS
    list_transform([s], lambda v: CASE WHEN strlen(v) <= size OR ldb_utf16_length(v) <= size THEN v
        WHEN ldb_utf16_length(rtrim(v, ' ')) <= size THEN ldb_text_of_units(left(ldb_units(v), size))
        ELSE error('ldb:2628:' || in_table || chr(31) || in_column || chr(31) || left(v, size)) END)[1];
CREATE MACRO ldb_assign_binary(b, size, in_table, in_column) AS
    list_transform([b], lambda v: CASE WHEN octet_length(v) <= size THEN v
        ELSE error('ldb:2628:' || in_table || chr(31) || in_column || chr(31)) END)[1];

-- === datetime ===

CREATE MACRO ldb_floor_mod(a, b) AS ((a % b) + b) % b;
-- datetime counts 1/300 seconds; what is stored and shown is that count in whole milliseconds (0, 3, 7).
CREATE MACRO ldb_ticks_ms(t) AS (t * 10 + 1) // 3;
CREATE MACRO ldb_us_since_1900(ts) AS epoch_us(ts) + 2208988800000000;
CREATE MACRO ldb_ticks(ts) AS
    (ldb_us_since_1900(ts) - ldb_floor_mod(ldb_us_since_1900(ts), 1000000)) // 1000000 * 300
    + (ldb_floor_mod(ldb_us_since_1900(ts), 1000000) * 3 + 5000) // 10000;
CREATE MACRO ldb_from_ticks(t) AS
    make_timestamp(((t - ldb_floor_mod(t, 300)) // 300) * 1000000
                   + ldb_ticks_ms(ldb_floor_mod(t, 300)) * 1000 - 2208988800000000);
-- NULL outside datetime's range, 1753-01-01 to 9999-12-31 23:59:59.997.
CREATE MACRO ldb_to_datetime(ts) AS
    CASE WHEN ts >= TIMESTAMP '1753-01-01' AND ts < TIMESTAMP '9999-12-31 23:59:59.998334'
         THEN ldb_from_ticks(ldb_ticks(ts)) END;
-- Rounded to the minute from 29.999 seconds up; 1900-01-01 to 2079-06-06 23:59.
CREATE MACRO ldb_to_smalldatetime(ts) AS
    CASE WHEN ts >= TIMESTAMP '1900-01-01' AND ts < TIMESTAMP '2079-06-06 23:59:29.998334'
         THEN date_trunc('minute', ldb_from_ticks(ldb_ticks(ts)) + INTERVAL 30 SECOND) END;
CREATE MACRO ldb_datetime_to_days(ts) AS CAST(ldb_ticks(ts) AS DOUBLE) / 25920000;
CREATE MACRO ldb_days_to_datetime(d) AS
    CASE WHEN d BETWEEN -100000 AND 3000000 THEN ldb_from_ticks(CAST(round(d * 25920000) AS BIGINT))
         WHEN d IS NOT NULL THEN TIMESTAMP '0001-01-01' END;
CREATE MACRO ldb_checked_datetime(ts) AS
    list_transform([ts], lambda v: coalesce(ldb_to_datetime(v),
        CASE WHEN v IS NOT NULL THEN error('ldb:517:datetime') END))[1];
-- Whole days, hours, minutes or seconds do not move the clock's 1/300 seconds: only the range is checked.
CREATE MACRO ldb_datetime_range(ts) AS
    CASE WHEN ts < TIMESTAMP '1753-01-01' OR ts >= TIMESTAMP '10000-01-01' THEN error('ldb:517:datetime') ELSE ts END;
CREATE MACRO ldb_datetime_add(x, y) AS ldb_checked_datetime(ldb_from_ticks(ldb_ticks(x) + ldb_ticks(y)));
CREATE MACRO ldb_datetime_subtract(x, y) AS ldb_checked_datetime(ldb_from_ticks(ldb_ticks(x) - ldb_ticks(y)));

-- === datetimeoffset, datetime2, time ===

CREATE MACRO ldb_at_utc(ts) AS
    CASE WHEN ts IS NOT NULL
         THEN struct_pack(utc := CAST(ts AS TIMESTAMP), "offset" := CAST(0 AS SMALLINT)) END;
CREATE MACRO ldb_local(d) AS d.utc + to_minutes(CAST(d."offset" AS BIGINT));
CREATE MACRO ldb_offset_text(d) AS
    CASE WHEN d."offset" < 0 THEN '-' ELSE '+' END
    || printf('%02d:%02d', abs(CAST(d."offset" AS INTEGER)) // 60, abs(CAST(d."offset" AS INTEGER)) % 60);
CREATE MACRO ldb_round_us(us, unit) AS (us + unit // 2) - ldb_floor_mod(us + unit // 2, unit);
CREATE MACRO ldb_round_datetime2(ts, unit) AS make_timestamp(ldb_round_us(epoch_us(ts), unit));
CREATE MACRO ldb_round_time(t, unit) AS
    TIME '00:00:00' + to_microseconds(ldb_round_us(epoch_us(t), unit) % 86400000000);
CREATE MACRO ldb_round_datetimeoffset(d, unit) AS
    CASE WHEN d IS NOT NULL THEN struct_pack(utc := ldb_round_datetime2(d.utc, unit), "offset" := d."offset") END;

-- === dates and times from text ===

-- Every accepted form in one expression; a group that took no part is ''.
CREATE MACRO ldb_moment_groups(s) AS regexp_extract(s,
    '(?i)^\s*(?:(?:([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|([0-9]{4}|[0-9]{2})([0-9]{2})([0-9]{2})|([0-9]{4})'
    || '|([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})|([a-z]{3,9})\.? +([0-9]{1,2}),? +([0-9]{4}|[0-9]{2})'
    || '|([0-9]{1,2})[ -]*([a-z]{3,9})[ ,-]*([0-9]{4}|[0-9]{2}))(?:\s*(T)|\s+|\s*$))?'
    || '(?:([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(?:([.:])([0-9]{1,9}))?)?)?\s*(AM|PM)?)?\s*(Z|[+-][0-9]{2}:[0-9]{2})?\s*$',
    ['y1', 'm1', 'd1', 'y2', 'm2', 'd2', 'y3', 'a', 'separator', 'b', 'y4', 'mon5', 'd5', 'y5', 'd6', 'mon6', 'y6', 't',
     'h', 'mi', 's', 'point', 'f', 'half', 'zone']);
CREATE MACRO ldb_month(name) AS
    list_position(list_transform(['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august',
                                  'september', 'october', 'november', 'december'],
                                 lambda m: starts_with(m, lower(name))), true);
CREATE MACRO ldb_year(y) AS
    CASE WHEN length(y) = 4 THEN CAST(y AS INTEGER) WHEN y < '50' THEN 2000 + CAST(y AS INTEGER)
         ELSE 1900 + CAST(y AS INTEGER) END;
CREATE MACRO ldb_day(y, m, d) AS
    CASE WHEN y BETWEEN 1 AND 9999 THEN TRY_CAST(printf('%04d-%02d-%02d', y, m, d) AS DATE) END;
CREATE MACRO ldb_has_date(g) AS
    g.y1 <> '' OR g.y2 <> '' OR g.y3 <> '' OR g.y4 <> '' OR g.y5 <> '' OR g.y6 <> '';
CREATE MACRO ldb_moment_day(g, o) AS
    CASE WHEN g.y1 <> '' AND (o <> 'dmy' OR g.t <> '')
         THEN ldb_day(CAST(g.y1 AS INTEGER), CAST(g.m1 AS INTEGER), CAST(g.d1 AS INTEGER))
         WHEN g.y2 <> '' THEN ldb_day(ldb_year(g.y2), CAST(g.m2 AS INTEGER), CAST(g.d2 AS INTEGER))
         WHEN g.y3 <> '' THEN ldb_day(CAST(g.y3 AS INTEGER), 1, 1)
         WHEN g.y4 <> '' AND o = 'mdy' THEN ldb_day(ldb_year(g.y4), CAST(g.a AS INTEGER), CAST(g.b AS INTEGER))
         WHEN g.y4 <> '' AND o = 'dmy' THEN ldb_day(ldb_year(g.y4), CAST(g.b AS INTEGER), CAST(g.a AS INTEGER))
         WHEN g.y4 <> '' AND length(g.y4) = 2
         THEN ldb_day(ldb_year(lpad(g.a, 2, '0')), CAST(g.b AS INTEGER), CAST(g.y4 AS INTEGER))
         WHEN g.y5 <> '' THEN ldb_day(ldb_year(g.y5), ldb_month(g.mon5), CAST(g.d5 AS INTEGER))
         WHEN g.y6 <> '' THEN ldb_day(ldb_year(g.y6), ldb_month(g.mon6), CAST(g.d6 AS INTEGER))
         WHEN NOT ldb_has_date(g) THEN DATE '1900-01-01' END;
CREATE MACRO ldb_moment_hour(g) AS
    CASE WHEN g.h = '' THEN 0
         WHEN g.half = '' THEN CAST(g.h AS INTEGER)
         WHEN CAST(g.h AS INTEGER) > 12 THEN CASE WHEN lower(g.half) = 'pm' THEN CAST(g.h AS INTEGER) ELSE 99 END
         ELSE CAST(g.h AS INTEGER) % 12 + CASE WHEN lower(g.half) = 'pm' THEN 12 ELSE 0 END END;
-- Microseconds of the day, NULL when there is no such time. A fraction behind a colon counts milliseconds.
CREATE MACRO ldb_moment_us(g) AS
    CASE WHEN g.h <> '' AND g.mi = '' AND g.half = '' THEN NULL
         WHEN ldb_moment_hour(g) > 23 OR CAST('0' || g.mi AS INTEGER) > 59 OR CAST('0' || g.s AS INTEGER) > 59
         THEN NULL
         WHEN g.point = ':' AND length(g.f) > 3 THEN NULL
         ELSE (ldb_moment_hour(g) * 3600 + CAST('0' || g.mi AS BIGINT) * 60
               + CAST('0' || g.s AS BIGINT)) * 1000000
              + CAST(rpad(left(CASE WHEN g.point = ':' THEN lpad(g.f, 3, '0') ELSE g.f END, 6), 6, '0') AS BIGINT) END;
CREATE MACRO ldb_moment_offset(g) AS
    CASE WHEN g.zone = '' OR upper(g.zone) = 'Z' THEN 0
         WHEN abs(CAST(left(g.zone, 3) AS INTEGER)) > 14 OR right(g.zone, 2) > '59' THEN NULL
         ELSE (CAST(substr(g.zone, 2, 2) AS INTEGER) * 60 + CAST(right(g.zone, 2) AS INTEGER))
              * CASE WHEN left(g.zone, 1) = '-' THEN -1 ELSE 1 END END;
-- What a text says: NULL when it has no known form; day or us NULL when the form fits and the value does not exist.
CREATE MACRO ldb_moment(s, o) AS
    list_transform([ldb_moment_groups(s)], lambda g:
        CASE WHEN s IS NOT NULL AND (ldb_has_date(g) OR g.h <> '' OR regexp_full_match(s, '\s*'))
             THEN struct_pack(day := ldb_moment_day(g, o), us := ldb_moment_us(g), digits := length(g.f),
                              shift := ldb_moment_offset(g), zone := g.zone) END)[1];
-- The plain ISO forms take a short way.
CREATE MACRO ldb_iso_date(s, o) AS
    CASE WHEN o <> 'dmy' AND regexp_full_match(s, '[12][0-9]{3}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST(s AS DATE) END;
CREATE MACRO ldb_iso_stamp(s, o) AS
    CASE WHEN o <> 'dmy' AND regexp_full_match(
             s, '[12][0-9]{3}-[0-9]{2}-[0-9]{2}(?: (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?)?')
         THEN TRY_CAST(s AS TIMESTAMP) END;
CREATE MACRO ldb_moment_stamp(m) AS CAST(m.day AS TIMESTAMP) + to_microseconds(m.us);
CREATE MACRO ldb_text_to_date(s, o) AS
    coalesce(ldb_iso_date(s, o), list_transform([ldb_moment(s, o)], lambda m:
        CASE WHEN m.us IS NOT NULL AND m.shift = 0 THEN m.day END)[1]);
CREATE MACRO ldb_text_to_time(s, o) AS
    list_transform([ldb_moment(s, o)], lambda m:
        CASE WHEN m.day IS NOT NULL AND m.shift = 0 THEN TIME '00:00:00' + to_microseconds(m.us) END)[1];
CREATE MACRO ldb_text_to_datetime2(s, o) AS
    coalesce(ldb_iso_stamp(s, o), list_transform([ldb_moment(s, o)], lambda m:
        CASE WHEN m.shift = 0 THEN ldb_moment_stamp(m) END)[1]);
CREATE MACRO ldb_text_to_datetimeoffset(s, o) AS
    list_transform([ldb_moment(s, o)], lambda m:
        CASE WHEN m.day IS NOT NULL AND m.us IS NOT NULL AND m.shift IS NOT NULL
             THEN struct_pack(utc := ldb_moment_stamp(m) - to_minutes(CAST(m.shift AS BIGINT)),
                              "offset" := CAST(m.shift AS SMALLINT)) END)[1];
CREATE MACRO ldb_text_to_datetime(s, o) AS
    coalesce(ldb_to_datetime(ldb_iso_stamp(s, o)), list_transform([ldb_moment(s, o)], lambda m:
        CASE WHEN m.digits <= 3 AND m.shift = 0 THEN ldb_to_datetime(ldb_moment_stamp(m)) END)[1]);
CREATE MACRO ldb_text_to_smalldatetime(s, o) AS
    list_transform([ldb_moment(s, o)], lambda m:
        CASE WHEN m.digits <= 3 AND m.shift = 0 THEN ldb_to_smalldatetime(ldb_moment_stamp(m)) END)[1];
-- datetime tells a text without form (241, 295) from a day that does not exist or is out of range (242).
-- (s || '' keeps DuckDB from sharing the parse with the conversion that failed, for every row.)
CREATE MACRO ldb_temporal_failure(s, o, source, target, number) AS
    list_transform([ldb_moment(s || '', o)], lambda m:
        CASE WHEN s IS NULL THEN NULL
             WHEN m IS NOT NULL AND m.us IS NOT NULL AND m.digits <= 3 AND m.shift = 0
             THEN error('ldb:242:' || source || chr(31) || target)
             ELSE error('ldb:' || number || ':' || source || chr(31) || target) END)[1];

-- === dates and times as text ===

CREATE MACRO ldb_clock12_plain(ts, f) AS
    lpad(CAST((hour(ts) + 11) % 12 + 1 AS VARCHAR), 2, ' ') || strftime(ts, f);
CREATE MACRO ldb_clock12(ts, f) AS ldb_clock12_plain(ts, f) || strftime(ts, '%p');

-- === predicates ===

-- Binary values compare without their trailing zero bytes.
-- Binaries compare without trailing zero bytes. Half a byte may go too: only what is followed by 0 can lose it.
CREATE MACRO ldb_binary_key(b) AS rtrim(hex(b), '0');
-- ANY and ALL over counted tests: all rows, deciding rows, rows that are not unknown.
CREATE MACRO ldb_any(total, hits, known) AS
    CASE WHEN hits > 0 THEN true WHEN known = total THEN false ELSE CAST(NULL AS BOOLEAN) END;
CREATE MACRO ldb_all(total, misses, known) AS
    CASE WHEN misses > 0 THEN false WHEN known = total THEN true ELSE CAST(NULL AS BOOLEAN) END;
-- A LIKE pattern that is not a constant, piece by piece: an escaped character, a set, a wildcard, a character.
CREATE MACRO ldb_re_quote(c) AS
    CASE WHEN unicode(c) > 127 OR regexp_full_match(c, '[A-Za-z0-9 _]') THEN c ELSE printf('\x%02x', unicode(c)) END;
CREATE MACRO ldb_like_set(t) AS
    list_transform([struct_pack(negated := starts_with(t, '[^'),
                                members := regexp_extract_all(
                                    substr(t, CASE WHEN starts_with(t, '[^') THEN 3 ELSE 2 END,
                                           length(t) - CASE WHEN starts_with(t, '[^') THEN 3 ELSE 2 END),
                                    '.-.|.', 0, 's'))], lambda g:
        CASE WHEN length(g.members) = 0 THEN CASE WHEN g.negated THEN '.' ELSE '[^\x00-\x{10FFFF}]' END
             ELSE list_transform([array_to_string(list_transform(g.members, lambda m:
                 CASE WHEN length(m) = 1 THEN ldb_re_quote(m)
                      WHEN substr(m, 1, 1) <= substr(m, 3, 1)
                      THEN ldb_re_quote(substr(m, 1, 1)) || '-' || ldb_re_quote(substr(m, 3, 1)) ELSE '' END), '')],
                 lambda s: CASE WHEN s = '' THEN CASE WHEN g.negated THEN '.' ELSE '[^\x00-\x{10FFFF}]' END
                                ELSE '[' || CASE WHEN g.negated THEN '^' ELSE '' END || s || ']' END)[1] END)[1];
CREATE MACRO ldb_like_piece(t, e) AS
    CASE WHEN e <> '' AND t = e THEN '[^\x00-\x{10FFFF}]'
         WHEN e <> '' AND starts_with(t, e) AND length(t) = 2 THEN ldb_re_quote(substr(t, 2, 1))
         WHEN t = '%' THEN '.*' WHEN t = '_' THEN '.'
         WHEN length(t) > 1 AND e <> '' AND contains(t, e)
         THEN error('ldb:40514:escape character inside the brackets of a LIKE pattern that is no constant')
         WHEN length(t) > 1 THEN ldb_like_set(t)
         WHEN t = '[' THEN '[^\x00-\x{10FFFF}]'
         ELSE ldb_re_quote(t) END;
CREATE MACRO ldb_like_regex(p, e) AS
    CASE WHEN e IS NOT NULL AND p IS NOT NULL THEN
        array_to_string(list_transform(
            regexp_extract_all(p, CASE WHEN e = '' THEN '' ELSE ldb_re_quote(e) || '.|' END || '\[\^?[^\]]*\]|.', 0, 's'),
            lambda t: ldb_like_piece(t, e)), '') END;

-- === string functions ===

CREATE MACRO ldb_position(x, w) AS
    list_transform([w], lambda s: CASE WHEN s = '' THEN 0 * length(x) ELSE instr(x, s) END)[1];
CREATE MACRO ldb_position_from(x, w, start) AS
    list_transform([struct_pack(x := x, w := w, i := greatest(start, 1), n := start)], lambda v:
        CASE WHEN v.w IS NOT NULL AND v.x IS NOT NULL AND v.n IS NOT NULL THEN
            CASE WHEN v.w = '' OR instr(substr(v.x, v.i), v.w) = 0 THEN 0
                 ELSE instr(substr(v.x, v.i), v.w) + v.i - 1 END END)[1];
-- A pattern that starts with % is searched for; the shortest start gives the first match.
CREATE MACRO ldb_patindex(x, searched, r) AS
    list_transform([struct_pack(x := x, r := CASE WHEN searched THEN '^(.*?)' ELSE '^()' END || r || '$')], lambda v:
        CASE WHEN regexp_matches(v.x, v.r, 's') THEN ldb_utf16_length(regexp_extract(v.x, v.r, 1, 's')) + 1
             WHEN v.x IS NOT NULL AND v.r IS NOT NULL THEN 0 END)[1];
-- REPLACE finds the text in either case.
CREATE MACRO ldb_replace(x, w, r) AS
    list_transform([struct_pack(x := x, w := w, r := r)], lambda v:
        CASE WHEN v.w = '' THEN CASE WHEN v.r IS NOT NULL THEN v.x END
             ELSE regexp_replace(v.x, '(?i)' || regexp_escape(v.w), replace(v.r, '\', '\\'), 'g') END)[1];
-- DuckDB's reverse keeps combined characters together, T-SQL's does not.
CREATE MACRO ldb_reverse(x) AS
    list_transform([x], lambda v: CASE WHEN ldb_is_ascii(v) THEN reverse(v)
        ELSE array_to_string(list_reverse(regexp_extract_all(v, '.', 0, 's')), '') END)[1];
-- One part of an object's name: [in brackets], "in quotes", or plain; what is longer than 128 characters is none.
CREATE MACRO ldb_unquoted_part(p) AS
    CASE WHEN starts_with(p, '[') THEN replace(substr(p, 2, length(p) - 2), ']]', ']')
         WHEN starts_with(p, '"') THEN replace(substr(p, 2, length(p) - 2), '""', '"') ELSE p END;
CREATE MACRO ldb_parts_of_name(n) AS
    list_transform(regexp_extract_all(n || '.', '(\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|[^.\[\]"]*)\.', 1),
                   lambda p: ldb_unquoted_part(p));
CREATE MACRO ldb_part_of_name(n, piece) AS
    list_transform([n], lambda v: CASE WHEN
        regexp_full_match(v || '.', '(?s:(?:\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|[^.\[\]"]*)\.){1,4}')
        THEN list_transform([ldb_parts_of_name(v)], lambda parts: CASE
            WHEN parts[-1] <> '' AND piece BETWEEN 1 AND len(parts)
                AND ldb_utf16_length(parts[len(parts) - piece + 1]) BETWEEN 1 AND 128
            THEN parts[len(parts) - piece + 1] END)[1] END)[1];
CREATE MACRO ldb_str_fit(t, size) AS
    CASE WHEN length(split_part(t, '.', 1)) > size THEN repeat('*', size)
         ELSE lpad(rtrim(left(t, size), '.'), size, ' ') END;
CREATE MACRO ldb_str_decimals(v, size, decimals) AS
    greatest(least(decimals, size - length(split_part(printf('%.16f', v), '.', 1)) - 1), 0);
CREATE MACRO ldb_str(x, size, decimals) AS
    list_transform([x], lambda v: CASE WHEN v IS NOT NULL THEN list_transform([ldb_str_decimals(v, size, decimals)],
        lambda d: ldb_str_fit(printf('%.' || d || 'f', round(v, CAST(d AS INTEGER))), size))[1] END)[1];
CREATE MACRO ldb_json_escape(x) AS
    array_to_string(list_transform(regexp_extract_all(x, '.', 0, 's'), lambda c:
        CASE c WHEN '"' THEN '\"' WHEN '\' THEN '\\' WHEN '/' THEN '\/' WHEN chr(8) THEN '\b' WHEN chr(12) THEN '\f'
               WHEN chr(10) THEN '\n' WHEN chr(13) THEN '\r' WHEN chr(9) THEN '\t'
               ELSE CASE WHEN unicode(c) < 32 THEN printf('\u%04x', unicode(c)) ELSE c END END), '');

-- === mathematical functions ===

CREATE MACRO ldb_power(b, e) AS
    CASE WHEN b = 0 AND e < 0 THEN error('ldb:8134:')
         WHEN b < 0 AND e <> trunc(e) THEN error('ldb:3623:')
         WHEN NOT isfinite(power(b, e)) THEN error('ldb:8115:expression' || chr(31) || 'float')
         ELSE power(b, e) END;
-- Integers, decimals and floats, and money with its signs, commas and currency symbols in any sparse form.
CREATE MACRO ldb_isnumeric(s) AS
    list_transform([s], lambda v: CASE
        WHEN regexp_full_match(v, '\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eEdD][+-]?[0-9]+)?\s*') THEN 1
        WHEN regexp_full_match(v, '\s*([+-]?\s*[$£¤¥€]?|[$£¤¥€]\s*[+-]?)\s*[0-9,]*\.?[0-9]*\s*')
             AND regexp_matches(v, '[^\s]') THEN 1
        ELSE 0 END)[1];

-- === JSON ===

CREATE MACRO ldb_isjson(d) AS
    CASE WHEN d IS NULL THEN NULL WHEN NOT json_valid(d) THEN 0
         WHEN json_type(d) IN ('OBJECT', 'ARRAY') THEN 1 ELSE 0 END;
CREATE MACRO ldb_json_checked(d) AS
    CASE WHEN d IS NOT NULL AND NOT json_valid(d) THEN error('ldb:13609:') ELSE d END;
-- A number as the document writes it: the one spelling of this value in it. Two spellings cannot be told apart.
CREATE MACRO ldb_json_number(d, v) AS
    list_transform([list_distinct(list_filter(
        regexp_extract_all(d, '-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?'),
        lambda t: TRY_CAST(t AS DOUBLE) = v))], lambda found:
        CASE WHEN length(found) = 1 THEN found[1]
             ELSE error('ldb:40514:JSON_VALUE of a number that the document writes in two ways') END)[1];
CREATE MACRO ldb_json_value(d, p) AS
    CASE json_type(ldb_json_checked(d), p)
         WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'NULL' THEN NULL
         WHEN 'DOUBLE' THEN ldb_json_number(d, CAST(json_extract_string(d, p) AS DOUBLE))
         ELSE CASE WHEN ldb_utf16_length(json_extract_string(d, p)) <= 4000 THEN json_extract_string(d, p) END END;
CREATE MACRO ldb_json_document(d) AS CASE WHEN json_type(ldb_json_checked(d)) IN ('OBJECT', 'ARRAY') THEN d END;
CREATE MACRO ldb_json_query(d, p) AS
    CASE WHEN json_type(ldb_json_checked(d), p) IN ('OBJECT', 'ARRAY')
         THEN CASE WHEN contains(regexp_replace(d, '\s', '', 'g'),
                                 regexp_replace(CAST(json_extract(d, p) AS VARCHAR), '\s', '', 'g'))
                   THEN CAST(json_extract(d, p) AS VARCHAR)
                   ELSE error('ldb:40514:JSON_QUERY of a document with numbers or strings in unusual form') END END;

-- === date functions ===

CREATE MACRO ldb_in_range(ts, name) AS
    CASE WHEN ts < TIMESTAMP '0001-01-01' OR ts >= TIMESTAMP '10000-01-01'
         THEN error('ldb:517:' || name) ELSE ts END;
CREATE MACRO ldb_checked_smalldatetime(ts) AS
    list_transform([ts], lambda v: coalesce(ldb_to_smalldatetime(v),
        CASE WHEN v IS NOT NULL THEN error('ldb:517:smalldatetime') END))[1];
-- No date type spans more than 10,000 years: a longer way leads out of its range.
-- (DuckDB's least and greatest pass over NULL.)
CREATE MACRO ldb_clamped(n, most) AS
    CASE WHEN n IS NOT NULL THEN CAST(greatest(least(n, most), -most) AS INTEGER) END;
CREATE MACRO ldb_months(n, size) AS to_months(ldb_clamped(CAST(n AS BIGINT) * size, 240000));
CREATE MACRO ldb_days(n, size) AS to_days(ldb_clamped(CAST(n AS BIGINT) * size, 7400000));
CREATE MACRO ldb_with_offset(ts, minutes) AS
    CASE WHEN ts IS NOT NULL AND minutes IS NOT NULL
         THEN struct_pack(utc := ts, "offset" := CAST(minutes AS SMALLINT)) END;
CREATE MACRO ldb_move_offset(d, ts) AS
    ldb_with_offset(ldb_in_range(ts, 'datetimeoffset') - to_minutes(CAST(d."offset" AS BIGINT)), d."offset");
CREATE MACRO ldb_zone_checked(n) AS
    CASE WHEN n NOT BETWEEN -840 AND 840 THEN error('ldb:9812:') ELSE n END;
CREATE MACRO ldb_zone_minutes(z) AS
    CASE WHEN regexp_full_match(z, '[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00')
         THEN (CAST(substr(z, 2, 2) AS BIGINT) * 60 + CAST(substr(z, 5, 2) AS BIGINT))
              * CASE WHEN starts_with(z, '-') THEN -1 ELSE 1 END
         WHEN z IS NOT NULL THEN error('ldb:9812:') END;
CREATE MACRO ldb_datediff(n) AS
    list_transform([n], lambda v: CASE WHEN v NOT BETWEEN -2147483648 AND 2147483647
                                       THEN error('ldb:535:') ELSE CAST(v AS INTEGER) END)[1];
CREATE MACRO ldb_sunday_week(ts) AS (date_diff('day', DATE '0001-01-01', CAST(ts AS DATE)) + 1) // 7;
-- Day of the week counted from the first day of the week, which is 1 (Monday) to 7.
CREATE MACRO ldb_weekday(ts, first) AS (isodow(ts) - first + 7) % 7 + 1;
CREATE MACRO ldb_week(ts, first) AS
    (dayofyear(ts) - 1 + ldb_weekday(date_trunc('year', ts), first) - 1) // 7 + 1;
CREATE MACRO ldb_parts_error(kind) AS error('ldb:289:' || kind);
CREATE MACRO ldb_date_of(y, m, d) AS
    CASE WHEN y BETWEEN 1 AND 9999 AND m BETWEEN 1 AND 12 AND d BETWEEN 1 AND 31
         THEN TRY_CAST(printf('%04d-%02d-%02d', y, m, d) AS DATE) END;
CREATE MACRO ldb_us_of(h, mi, s, us) AS
    CASE WHEN h BETWEEN 0 AND 23 AND mi BETWEEN 0 AND 59 AND s BETWEEN 0 AND 59 AND us BETWEEN 0 AND 999999
         THEN ((CAST(h AS BIGINT) * 60 + mi) * 60 + s) * 1000000 + us END;
CREATE MACRO ldb_fraction_us(f, scale) AS
    CASE WHEN f BETWEEN 0 AND CAST('1' || repeat('0', scale) AS BIGINT) - 1 THEN
        CASE WHEN scale = 7 THEN CAST(f AS BIGINT) // 10
             ELSE CAST(f AS BIGINT) * CAST('1' || repeat('0', 6 - least(scale, 6)) AS BIGINT) END END;
CREATE MACRO ldb_date_from_parts(y, m, d) AS
    CASE WHEN y IS NOT NULL AND m IS NOT NULL AND d IS NOT NULL
         THEN coalesce(ldb_date_of(y, m, d), ldb_parts_error('date')) END;
CREATE MACRO ldb_datetime_from_parts(y, m, d, h, mi, s, ms) AS
    CASE WHEN y IS NOT NULL AND m IS NOT NULL AND d IS NOT NULL AND h IS NOT NULL AND mi IS NOT NULL
              AND s IS NOT NULL AND ms IS NOT NULL
         THEN coalesce(ldb_to_datetime(CAST(ldb_date_of(y, m, d) AS TIMESTAMP)
                                       + to_microseconds(ldb_us_of(h, mi, s, CAST(ms AS BIGINT) * 1000))),
                       ldb_parts_error('datetime')) END;
CREATE MACRO ldb_smalldatetime_from_parts(y, m, d, h, mi) AS
    CASE WHEN y IS NOT NULL AND m IS NOT NULL AND d IS NOT NULL AND h IS NOT NULL AND mi IS NOT NULL
         THEN coalesce(ldb_to_smalldatetime(CAST(ldb_date_of(y, m, d) AS TIMESTAMP)
                                            + to_microseconds(ldb_us_of(h, mi, 0, 0))),
                       ldb_parts_error('smalldatetime')) END;
CREATE MACRO ldb_datetime2_from_parts(y, m, d, h, mi, s, f, scale) AS
    CASE WHEN y IS NOT NULL AND m IS NOT NULL AND d IS NOT NULL AND h IS NOT NULL AND mi IS NOT NULL
              AND s IS NOT NULL AND f IS NOT NULL
         THEN coalesce(CAST(ldb_date_of(y, m, d) AS TIMESTAMP)
                       + to_microseconds(ldb_us_of(h, mi, s, ldb_fraction_us(f, scale))),
                       ldb_parts_error('datetime2')) END;
CREATE MACRO ldb_time_from_parts(h, mi, s, f, scale) AS
    CASE WHEN h IS NOT NULL AND mi IS NOT NULL AND s IS NOT NULL AND f IS NOT NULL
         THEN coalesce(TIME '00:00:00' + to_microseconds(ldb_us_of(h, mi, s, ldb_fraction_us(f, scale))),
                       ldb_parts_error('time')) END;

-- === aggregates ===

CREATE MACRO ldb_string_agg(s, size) AS
    list_transform([s], lambda v: CASE WHEN ldb_utf16_length(v) > size THEN error('ldb:9829:') ELSE v END)[1];
CREATE MACRO ldb_decimal_total(x, largest) AS
    CASE WHEN x NOT BETWEEN -largest AND largest
         THEN error('ldb:8115:expression' || chr(31) || 'numeric') ELSE x END;
CREATE MACRO ldb_offset(n, name) AS
    CASE WHEN n IS NULL THEN error('ldb:40514:' || name || ' with an offset of NULL')
         WHEN n < 0 THEN error('ldb:8730:') ELSE n END;
CREATE MACRO ldb_buckets(n) AS CASE WHEN n >= 1 THEN n ELSE error('ldb:4116:') END;
