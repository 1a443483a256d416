-- +goose Up
-- The views came with this version. They are in views.sql, which is applied after the migrations.

-- +goose Down
-- Nothing to take back: the views are dropped before.
