-- +goose Up
-- A view got another form with this version. Views are in views.sql, which is applied after the migrations.

-- +goose Down
-- Nothing to take back.
