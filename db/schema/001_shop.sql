/*
The tables of the tutorial's database that the features need, with the columns and types of TPCx-BB.

One difference: ss_net_paid and sr_return_amt are decimal(15, 2), not decimal(7, 2), because real shops have
larger lines (the largest line of the UCI Online Retail data is 168,469.60).

    SELECT TOP (5) * FROM dbo.store_sales;
*/
CREATE TABLE dbo.customer
(
    c_customer_sk          bigint       NOT NULL CONSTRAINT PK_customer PRIMARY KEY,
    c_customer_id          varchar(16)  NOT NULL,
    c_current_cdemo_sk     bigint       NULL,
    c_current_hdemo_sk     bigint       NULL,
    c_current_addr_sk      bigint       NULL,
    c_first_shipto_date_sk bigint       NULL,
    c_first_sales_date_sk  bigint       NULL,
    c_salutation           varchar(10)  NULL,
    c_first_name           varchar(20)  NULL,
    c_last_name            varchar(30)  NULL,
    c_preferred_cust_flag  char(1)      NULL,
    c_birth_day            int          NULL,
    c_birth_month          int          NULL,
    c_birth_year           int          NULL,
    c_birth_country        varchar(20)  NULL,
    c_login                varchar(13)  NULL,
    c_email_address        varchar(50)  NULL,
    c_last_review_date     varchar(10)  NULL
);
GO
CREATE TABLE dbo.store_sales
(
    ss_sold_date_sk       bigint         NULL,
    ss_sold_time_sk       bigint         NULL,
    ss_item_sk            bigint         NOT NULL,
    ss_customer_sk        bigint         NULL,
    ss_cdemo_sk           bigint         NULL,
    ss_hdemo_sk           bigint         NULL,
    ss_addr_sk            bigint         NULL,
    ss_store_sk           bigint         NULL,
    ss_promo_sk           bigint         NULL,
    ss_ticket_number      bigint         NOT NULL,
    ss_quantity           int            NULL,
    ss_wholesale_cost     decimal(7, 2)  NULL,
    ss_list_price         decimal(7, 2)  NULL,
    ss_sales_price        decimal(7, 2)  NULL,
    ss_ext_discount_amt   decimal(7, 2)  NULL,
    ss_ext_sales_price    decimal(7, 2)  NULL,
    ss_ext_wholesale_cost decimal(7, 2)  NULL,
    ss_ext_list_price     decimal(7, 2)  NULL,
    ss_ext_tax            decimal(7, 2)  NULL,
    ss_coupon_amt         decimal(7, 2)  NULL,
    ss_net_paid           decimal(15, 2) NULL,
    ss_net_paid_inc_tax   decimal(7, 2)  NULL,
    ss_net_profit         decimal(7, 2)  NULL
);
GO
CREATE TABLE dbo.store_returns
(
    sr_returned_date_sk   bigint         NULL,
    sr_return_time_sk     bigint         NULL,
    sr_item_sk            bigint         NOT NULL,
    sr_customer_sk        bigint         NULL,
    sr_cdemo_sk           bigint         NULL,
    sr_hdemo_sk           bigint         NULL,
    sr_addr_sk            bigint         NULL,
    sr_store_sk           bigint         NULL,
    sr_reason_sk          bigint         NULL,
    sr_ticket_number      bigint         NOT NULL,
    sr_return_quantity    int            NULL,
    sr_return_amt         decimal(15, 2) NULL,
    sr_return_tax         decimal(7, 2)  NULL,
    sr_return_amt_inc_tax decimal(7, 2)  NULL,
    sr_fee                decimal(7, 2)  NULL,
    sr_return_ship_cost   decimal(7, 2)  NULL,
    sr_refunded_cash      decimal(7, 2)  NULL,
    sr_reversed_charge    decimal(7, 2)  NULL,
    sr_store_credit       decimal(7, 2)  NULL,
    sr_net_loss           decimal(7, 2)  NULL
);
